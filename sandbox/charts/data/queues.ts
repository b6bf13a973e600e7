import type { StandInChart } from '../chart.ts';
import { account, configMap, nameLabels, namespace, service, serviceMonitor, workload } from '../objects.ts';
import { containers, fullname, namespacedRole, secret, withVolume } from '../optional.ts';
import { kubernetesFrom, on, template, value } from '../template.ts';

/** NATS: server, reloader of its configuration, exporter of its metrics. */
export function nats(): StandInChart {
  const name = fullname('nats');
  const labels = nameLabels('nats');
  const ports = [
    { name: 'client', port: 4222 },
    { name: 'cluster', port: 6222 },
    { name: 'monitor', port: 8222 },
    { name: 'metrics', port: 7777 },
    { name: 'leafnodes', port: 7422 },
    { name: 'gateways', port: 7522 },
  ];
  const withMqtt = [...ports, { name: 'mqtt', port: 1883 }];
  const server = (when: string | undefined, list: typeof ports) =>
    service(name, list, labels, { when, spec: { clusterIP: 'None' } });
  return {
    chart: 'nats',
    version: '0.8.4',
    appVersion: '2.3.2',
    objects: [
      configMap(`${name}-config`, {
        'nats.conf': template('{{ dig "nats" "jetstream" (dict) .Values.AsMap | toJson | quote }}'),
      }),
      server(`not ${on('mqtt/enabled')}`, ports),
      server(on('mqtt/enabled'), withMqtt),
      ...withVolume(
        {
          name: `${name}-js-pvc`,
          size: '1Gi',
          values: 'nats/jetstream/fileStorage',
          storageClass: { key: 'storageClassName', fallback: 'default' },
          byDefault: false,
        },
        ({ when, spec }) =>
          workload({
            kind: 'StatefulSet',
            when,
            name,
            labels,
            replicas: template(
              '{{ if dig "cluster" "enabled" false .Values.AsMap }}{{ dig "cluster" "replicas" 3 .Values.AsMap }}{{ else }}1{{ end }}',
            ),
            spec,
            pod: { affinity: value('affinity'), shareProcessNamespace: true },
            containers: containers(
              { name: 'nats', image: 'nats:2.3.2-alpine' },
              [on('reloader/enabled', 'true'), { name: 'reloader', image: 'natsio/nats-server-config-reloader:0.6.1' }],
              [on('exporter/enabled', 'true'), { name: 'metrics', image: 'natsio/prometheus-nats-exporter:0.8.0' }],
            ),
          }),
      ),
      serviceMonitor(name, 'metrics', labels, { when: on('exporter/serviceMonitor/enabled') }),
    ],
  };
}

/** RabbitMQ, whose nodes find each other by the API server. */
export function rabbitmq(version: '8.13.1' | '9.0.3'): StandInChart {
  const name = fullname('rabbitmq');
  const labels = nameLabels('rabbitmq');
  const appVersion = version === '8.13.1' ? '3.8.16' : '3.9.16';
  const image = `docker.io/bitnami/rabbitmq:${appVersion}-debian-10-r${version === '8.13.1' ? 0 : 8}`;
  const amqp = { name: 'amqp', port: 5672, targetPort: 'amqp' };
  const tls = { name: 'amqp-ssl', port: 5671, targetPort: 'amqp-tls' };
  const others = [
    { name: 'epmd', port: 4369, targetPort: 'epmd' },
    { name: 'dist', port: 25672, targetPort: 'dist' },
    { name: 'http-stats', port: 15672, targetPort: 'stats' },
  ];
  const metrics = { name: 'metrics', port: 9419, targetPort: 'metrics' };
  const encrypted = on('auth/tls/enabled');
  const measured = on('metrics/enabled');
  const budget = (apiVersion: string, when: string) => ({
    when: `and ${on('pdb/create')} (${when})`,
    object: {
      apiVersion,
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace, labels },
      spec: { minAvailable: value('pdb/minAvailable', '1'), selector: { matchLabels: labels } },
    },
  });
  return {
    chart: 'rabbitmq',
    version,
    appVersion,
    objects: [
      account(name),
      ...namespacedRole(`${name}-endpoint-reader`, name),
      configMap(`${name}-config`, {
        'rabbitmq.conf': template('{{ dig "clustering" (dict) .Values.AsMap | toJson | quote }}'),
      }),
      secret(name, {
        'rabbitmq-password': '(dig "auth" "password" "" .Values.AsMap)',
        'rabbitmq-erlang-cookie': '(dig "auth" "erlangCookie" "" .Values.AsMap)',
      }),
      ...[false, true].flatMap((withTls) => {
        const when = withTls ? encrypted : `not ${encrypted}`;
        const open = withTls ? [amqp, tls] : [amqp];
        return [
          service(`${name}-headless`, [...open, ...others], labels, { when, spec: { clusterIP: 'None' } }),
          service(name, [...open, ...others], labels, { when: `and (${when}) (not ${measured})` }),
          service(name, [...open, ...others, metrics], labels, { when: `and (${when}) ${measured}` }),
        ];
      }),
      ...withVolume({ name: 'data', size: '8Gi', values: 'persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name,
          labels,
          account: name,
          replicas: value('replicaCount', '1'),
          placement: '',
          spec: { ...spec, serviceName: `${name}-headless`, podManagementPolicy: 'OrderedReady' },
          pod: {
            topologySpreadConstraints: template('{{ dig "topologySpreadConstraints" (list) .Values.AsMap | toJson }}'),
          },
          containers: [{ name: 'rabbitmq', image, resources: value('resources') }],
        }),
      ),
      budget('policy/v1', version === '8.13.1' ? 'false' : kubernetesFrom('1.21')),
      budget('policy/v1beta1', version === '8.13.1' ? 'true' : `not ${kubernetesFrom('1.21')}`),
      serviceMonitor(name, 'metrics', labels, { when: `and ${measured} ${on('metrics/serviceMonitor/enabled')}` }),
    ],
  };
}
