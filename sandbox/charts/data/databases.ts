import type { StandInChart } from '../chart.ts';
import { account, configMap, nameLabels, service, serviceMonitor, workload } from '../objects.ts';
import { containers, fullname, secret, withVolume } from '../optional.ts';
import { on, template, value } from '../template.ts';

const measured = on('metrics/enabled');
const collected = `and ${measured} ${on('metrics/serviceMonitor/enabled')}`;
const redisPort = { name: 'tcp-redis', port: 6379 };

/** Redis, as one server. */
export function redis(): StandInChart {
  const name = fullname('redis');
  const labels = nameLabels('redis');
  const master = nameLabels('redis', 'master');
  return {
    chart: 'redis',
    version: '15.5.4',
    appVersion: '6.2.6',
    objects: [
      account(name),
      configMap(`${name}-configuration`, { 'redis.conf': 'appendonly yes' }),
      configMap(`${name}-health`, { 'ping_readiness_local.sh': '#!/bin/bash' }),
      configMap(`${name}-scripts`, { 'start-master.sh': '#!/bin/bash' }),
      secret(name, { 'redis-password': '(dig "auth" "password" "" .Values.AsMap)' }, on('auth/enabled', 'true')),
      service(`${name}-headless`, [{ ...redisPort, targetPort: 'redis' }], labels, { spec: { clusterIP: 'None' } }),
      service(`${name}-master`, [{ ...redisPort, targetPort: 'redis' }], master),
      service(`${name}-metrics`, [{ name: 'http-metrics', port: 9121, targetPort: 'metrics' }], labels, {
        when: measured,
        labels: nameLabels('redis', 'metrics'),
      }),
      ...withVolume({ name: 'redis-data', size: '8Gi', values: 'master/persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name: `${name}-master`,
          labels: master,
          account: name,
          placement: 'master',
          spec: { ...spec, serviceName: `${name}-headless` },
          containers: containers({ name: 'redis', image: 'docker.io/bitnami/redis:6.2.6-debian-10-r21' }, [
            measured,
            { name: 'metrics', image: 'docker.io/bitnami/redis-exporter:1.29.0-debian-10-r6' },
          ]),
        }),
      ),
      serviceMonitor(name, 'http-metrics', nameLabels('redis', 'metrics'), { when: collected }),
    ],
  };
}

/** Redis as a cluster. */
export function redisCluster(): StandInChart {
  const name = fullname('redis-cluster');
  const labels = nameLabels('redis-cluster');
  return {
    chart: 'redis-cluster',
    version: '6.3.9',
    appVersion: '6.2.6',
    objects: [
      configMap(`${name}-default`, { 'redis-default.conf': 'cluster-enabled yes' }),
      configMap(`${name}-scripts`, { 'ping_readiness_local.sh': '#!/bin/sh' }),
      secret(name, { 'redis-password': '(dig "password" "" .Values.AsMap)' }, on('usePassword', 'true')),
      service(
        `${name}-headless`,
        [
          { ...redisPort, targetPort: 'tcp-redis' },
          { name: 'tcp-redis-bus', port: 16379, targetPort: 'tcp-redis-bus' },
        ],
        labels,
        { spec: { clusterIP: 'None' } },
      ),
      service(name, [{ ...redisPort, targetPort: 'tcp-redis' }], labels),
      service(`${name}-metrics`, [{ name: 'metrics', port: 9121, targetPort: 'http-metrics' }], labels, {
        when: measured,
        labels: nameLabels('redis-cluster', 'metrics'),
      }),
      ...withVolume({ name: 'redis-data', size: '8Gi', values: 'persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name,
          labels,
          account: 'default',
          replicas: value('cluster/nodes', '6'),
          spec: { ...spec, serviceName: `${name}-headless`, podManagementPolicy: 'Parallel' },
          containers: containers(
            { name: 'redis-cluster', image: 'docker.io/bitnami/redis-cluster:6.2.6-debian-10-r0' },
            [measured, { name: 'metrics', image: 'docker.io/bitnami/redis-exporter:1.27.1-debian-10-r12' }],
          ),
        }),
      ),
      serviceMonitor(name, 'metrics', nameLabels('redis-cluster', 'metrics'), { when: collected }),
    ],
  };
}

/** MariaDB with Galera. */
export function mariadbGalera(): StandInChart {
  const name = fullname('mariadb-galera');
  const labels = nameLabels('mariadb-galera');
  const port = (portName: string, number: number) => ({ name: portName, port: number, targetPort: portName });
  return {
    chart: 'mariadb-galera',
    version: '5.11.1',
    appVersion: '10.5.11',
    values: { configurationConfigMap: '' },
    objects: [
      secret(name, {
        'mariadb-root-password': '(dig "rootUser" "password" "" .Values.AsMap)',
        'mariadb-password': '(dig "db" "password" "" .Values.AsMap)',
        'mariadb-galera-mariabackup-password': '(dig "galera" "mariabackup" "password" "" .Values.AsMap)',
      }),
      service(`${name}-headless`, [port('galera', 4567), port('ist', 4568), port('sst', 4444)], labels, {
        spec: { clusterIP: 'None', publishNotReadyAddresses: true },
      }),
      service(name, [port('mysql', 3306)], labels),
      service(`${name}-metrics`, [port('metrics', 9104)], labels, { when: measured }),
      ...withVolume({ name: 'data', size: '8Gi', values: 'persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name,
          labels,
          account: 'default',
          replicas: value('replicaCount', '3'),
          spec: { ...spec, serviceName: name },
          volumes: [
            {
              name: 'mariadb-galera-config',
              configMap: { name: template(`{{ tpl .Values.configurationConfigMap . }}`) },
            },
          ],
          containers: containers(
            { name: 'mariadb-galera', image: 'docker.io/bitnami/mariadb-galera:10.5.11-debian-10-r0' },
            [measured, { name: 'metrics', image: 'docker.io/bitnami/mysqld-exporter:0.13.0-debian-10-r19' }],
          ),
        }),
      ),
      serviceMonitor(name, 'metrics', labels, { when: collected }),
    ],
  };
}
