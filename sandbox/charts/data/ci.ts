import type { StandInChart } from '../chart.ts';
import {
  account,
  clusterRole,
  configMap,
  named,
  nameLabels,
  namespace,
  release,
  service,
  serviceMonitor,
  workload,
} from '../objects.ts';
import { fullname, namespacedRole, secret, withVolume } from '../optional.ts';
import { on, template, value } from '../template.ts';

/** A claim that the chart makes beside its workload. */
const claim = (name: string, values: string, size: string) => ({
  object: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: value(`${values}/size`, `"${size}"`) } },
    },
  },
});

/** GoCD: a server, and agents where the values want some. */
export function gocd(version: '1.39.4' | '1.40.8'): StandInChart {
  const name = fullname('gocd');
  const [appVersion, alpine] = version === '1.39.4' ? ['21.3.0', '3.14'] : ['21.4.0', '3.15'];
  const labels = (component: string) => ({ app: 'gocd', component, release: template(release) });
  return {
    chart: 'gocd',
    version,
    appVersion,
    objects: [
      account(name),
      ...clusterRole(name),
      configMap(name, { install_plugins: 'true' }),
      ...(version === '1.39.4' ? [configMap(`${name}-tests`, { 'run.sh': '@test' })] : []),
      claim(`${name}-server`, 'server/persistence', '2Gi'),
      service(`${name}-server`, [{ name: 'http', port: 8153, targetPort: 8153 }], labels('server'), {
        spec: { type: value('server/service/type', '"NodePort"') },
      }),
      workload({
        name: `${name}-server`,
        labels: labels('server'),
        account: name,
        spec: { strategy: { type: 'Recreate' } },
        containers: [{ name: template('{{ .Release.Name }}-server'), image: `gocd/gocd-server:v${appVersion}` }],
        volumes: [{ name: 'goserver-vol', persistentVolumeClaim: { claimName: `${name}-server` } }],
      }),
      workload({
        name: `${name}-agent`,
        labels: labels('agent'),
        replicas: value('agent/replicaCount', '0'),
        containers: [
          { name: template('{{ .Release.Name }}-agent'), image: `gocd/gocd-agent-alpine-${alpine}:v${appVersion}` },
        ],
      }),
    ],
  };
}

/** Gitea, with everything it keeps on one volume. */
export function gitea(version: '5.0.0' | '5.0.5'): StandInChart {
  const name = fullname('gitea');
  const labels = nameLabels('gitea');
  const image = template('gitea/gitea:{{ .Values.image.tag }}{{ if .Values.image.rootless }}-rootless{{ end }}');
  const fromSecret = (volume: string, from: string) => ({ name: volume, secret: { secretName: from } });
  return {
    chart: 'gitea',
    version,
    appVersion: version === '5.0.0' ? '1.15.8' : '1.16.6',
    values: { image: { tag: '1.16.6', rootless: false } },
    objects: [
      secret(name, { 'config_environment.sh': '"stand-in"' }),
      secret(`${name}-init`, { 'init_directory_structure.sh': '"stand-in"' }),
      secret(`${name}-inline-config`, { database: '(dig "gitea" "config" "database" (dict) .Values.AsMap | toJson)' }),
      service(`${name}-http`, [{ name: 'http', port: 3000, targetPort: 3000 }], labels, {
        spec: { clusterIP: 'None' },
      }),
      service(`${name}-ssh`, [{ name: 'ssh', port: 22, targetPort: 2222 }], labels, { spec: { clusterIP: 'None' } }),
      ...withVolume({ name: 'data', size: '10Gi', values: 'persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name,
          labels,
          placement: '',
          spec: { ...spec, serviceName: name },
          initContainers: ['init-directories', 'init-app-ini', 'configure-gitea'].map((step) => ({
            name: step,
            image,
          })),
          containers: [
            {
              name: 'gitea',
              image,
              ports: [
                { name: 'ssh', containerPort: 2222, protocol: 'TCP' },
                { name: 'http', containerPort: 3000, protocol: 'TCP' },
              ],
            },
          ],
          volumes: [fromSecret('init', `${name}-init`), fromSecret('config', name)],
        }),
      ),
      serviceMonitor(name, 'http', labels, {
        when: `and ${on('gitea/metrics/enabled')} ${on('gitea/metrics/serviceMonitor/enabled')}`,
      }),
    ],
  };
}

/** Jenkins' controller; its agents are pods that it makes itself. */
export function jenkins(version: '3.11.3' | '3.12.2'): StandInChart {
  const name = fullname('jenkins');
  const appVersion = version === '3.11.3' ? '2.319.2' : '2.332.3';
  const labels = {
    'app.kubernetes.io/component': 'jenkins-controller',
    'app.kubernetes.io/instance': template(release),
  };
  const image = template(
    `jenkins/jenkins:{{ .Values.controller.tag | default (printf "${appVersion}-%s" .Values.controller.tagLabel) }}`,
  );
  const agents = template('{{ .Values.serviceAccountAgent.name | default (printf "%s-agent" .Release.Name) }}');
  const user = { ...nameLabels('jenkins'), ...labels };
  return {
    chart: 'jenkins',
    version,
    appVersion,
    values: { controller: { tagLabel: 'jdk11' }, serviceAccountAgent: { create: false } },
    objects: [
      account(name),
      account(agents, '.Values.serviceAccountAgent.create'),
      ...namespacedRole(`${name}-schedule-agents`, name),
      ...namespacedRole(`${name}-casc-reload`, name, `${name}-watch-configmaps`),
      configMap(name, {
        'plugins.txt': template('{{ dig "controller" "installPlugins" (list) .Values.AsMap | join "\\n" | quote }}'),
      }),
      {
        each: '$key, $script := dig "controller" "JCasC" "configScripts" (dict) $.Values.AsMap',
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: template('{{ $.Release.Name }}-jenkins-config-{{ $key }}'),
            namespace: template('{{ $.Release.Namespace }}'),
          },
          data: { 'casc.yaml': template('{{ $script | toJson }}') },
        },
      },
      configMap(named('jenkins-jcasc-config'), {
        'agent.yaml': template('{{ dig "agent" (dict) .Values.AsMap | toJson | quote }}'),
      }),
      // As the real chart: another password each time, unless one is given.
      secret(
        name,
        {
          'jenkins-admin-user': '"admin"',
          'jenkins-admin-password': '(dig "controller" "adminPassword" "" .Values.AsMap | default (randAlphaNum 22))',
        },
        'not (dig "controller" "admin" "existingSecret" "" .Values.AsMap)',
      ),
      claim(name, 'persistence', '8Gi'),
      service(name, [{ name: 'http', port: 8080, targetPort: 8080 }], labels),
      service(`${name}-agent`, [{ name: 'agent-listener', port: 50000, targetPort: 50000 }], labels),
      workload({
        kind: 'StatefulSet',
        name,
        labels,
        podLabels: user,
        account: name,
        placement: 'controller',
        initContainers: [{ name: 'init', image, resources: value('controller/initContainerResources') }],
        containers: [
          { name: 'jenkins', image, resources: value('controller/resources') },
          { name: 'config-reload', image: 'kiwigrid/k8s-sidecar:1.15.0' },
        ],
        volumes: [{ name: 'jenkins-home', persistentVolumeClaim: { claimName: name } }],
      }),
      serviceMonitor(name, 'http', labels, { when: on('controller/prometheus/enabled') }),
    ],
  };
}

/** Trivy as a server that scans for others. */
export function trivy(version: '0.4.9' | '0.4.12'): StandInChart {
  const appVersion = version === '0.4.9' ? '0.22.0' : '0.24.0';
  const name = fullname('trivy');
  const labels = nameLabels('trivy');
  return {
    chart: 'trivy',
    version,
    appVersion,
    objects: [
      account(name),
      configMap(name, { TRIVY_LISTEN: '0.0.0.0:4954' }),
      secret(name, { GITHUB_TOKEN: '""' }),
      service(name, [{ name: 'trivy-http', port: 4954, targetPort: 4954 }], labels),
      ...withVolume({ name: 'data', size: '5Gi', values: 'persistence' }, ({ when, spec }) =>
        workload({
          kind: 'StatefulSet',
          when,
          name,
          labels,
          account: name,
          placement: '',
          spec: { ...spec, podManagementPolicy: 'Parallel' },
          containers: [{ name: 'main', image: `docker.io/aquasec/trivy:${appVersion}` }],
        }),
      ),
    ],
  };
}
