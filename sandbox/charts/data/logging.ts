import type { StandInChart } from '../chart.ts';
import { crd, type StandInCrd } from '../crds.ts';
import {
  account,
  clusterRole,
  configMap,
  named,
  nameLabels,
  namespace,
  service,
  serviceMonitor,
  type WebhookOptions,
  webhooks,
  workload,
} from '../objects.ts';
import { list, on, template, value } from '../template.ts';

const elastic = 'k8s.elastic.co';
const stackVersions = ['v1*', 'v1beta1', 'v1alpha1-'];
const eckCrds: StandInCrd[] = [
  { kind: 'Agent', plural: 'agents', group: `agent.${elastic}`, versions: ['v1alpha1*'] },
  { kind: 'ApmServer', plural: 'apmservers', group: `apm.${elastic}`, versions: stackVersions },
  { kind: 'Beat', plural: 'beats', group: `beat.${elastic}`, versions: ['v1beta1*'] },
  { kind: 'ElasticMapsServer', plural: 'elasticmapsservers', group: `maps.${elastic}`, versions: ['v1alpha1*'] },
  { kind: 'Elasticsearch', plural: 'elasticsearches', group: `elasticsearch.${elastic}`, versions: stackVersions },
  {
    kind: 'EnterpriseSearch',
    plural: 'enterprisesearches',
    group: `enterprisesearch.${elastic}`,
    versions: ['v1*', 'v1beta1'],
  },
  { kind: 'Kibana', plural: 'kibanas', group: `kibana.${elastic}`, versions: stackVersions },
];

const validations: [short: string, version: string, group: string, resource: string][] = [
  ['agent', 'v1alpha1', 'agent', 'agents'],
  ['apm', 'v1', 'apm', 'apmservers'],
  ['apm', 'v1beta1', 'apm', 'apmservers'],
  ['beat', 'v1beta1', 'beat', 'beats'],
  ['ent', 'v1', 'enterprisesearch', 'enterprisesearches'],
  ['ent', 'v1beta1', 'enterprisesearch', 'enterprisesearches'],
  ['es', 'v1', 'elasticsearch', 'elasticsearches'],
  ['es', 'v1beta1', 'elasticsearch', 'elasticsearches'],
  ['kb', 'v1', 'kibana', 'kibanas'],
  ['kb', 'v1beta1', 'kibana', 'kibanas'],
];

function validation([short, version, group, resource]: (typeof validations)[number]): WebhookOptions {
  return {
    name: `elastic-${short}-validation-${version}.k8s.elastic.co`,
    service: 'elastic-operator-webhook',
    path: `/validate-${group}-k8s-elastic-co-${version}-${resource.replace(/(?:(?<=ch)es|s)$/, '')}`,
    failurePolicy: 'Ignore',
    rules: [{ apiGroups: [`${group}.${elastic}`], apiVersions: [version], resources: [resource] }],
  };
}

/** Operator of Elasticsearch and Kibana. Its CRDs were apiextensions v1beta1 up to 1.6. */
export function eckOperator(version: '1.6.0' | '2.1.0'): StandInChart {
  const labels = nameLabels('elastic-operator');
  return {
    chart: 'eck-operator',
    version,
    appVersion: version,
    values: {
      installCRDs: true,
      resources: {
        requests: { cpu: '100m', memory: '150Mi' },
        limits: { cpu: 1, memory: version === '1.6.0' ? '512Mi' : '1Gi' },
      },
    },
    objects: [
      ...eckCrds.map((definition) => ({
        when: on('installCRDs'),
        object: crd(definition, version === '1.6.0' ? 'v1beta1' : 'v1'),
      })),
      account('elastic-operator'),
      ...clusterRole('elastic-operator'),
      ...clusterRole('elastic-operator-view', { binding: false }),
      ...clusterRole('elastic-operator-edit', { binding: false }),
      configMap('elastic-operator', { 'eck.yaml': 'log-verbosity: 0\nmetrics-port: 0\n' }),
      {
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'elastic-operator-webhook-cert', namespace, labels },
        },
      },
      service('elastic-operator-webhook', [{ name: 'https', port: 443, targetPort: 9443 }], labels),
      workload({
        kind: 'StatefulSet',
        name: 'elastic-operator',
        labels,
        account: 'elastic-operator',
        placement: '',
        containers: [
          {
            name: 'manager',
            image: `docker.elastic.co/eck/eck-operator:${version}`,
            args: ['manager', '--config=/conf/eck.yaml'],
            ports: [{ containerPort: 9443, name: 'https-webhook', protocol: 'TCP' }],
            resources: value('resources'),
            volumeMounts: [{ name: 'conf', mountPath: '/conf', readOnly: true }],
          },
        ],
        volumes: [{ name: 'conf', configMap: { name: 'elastic-operator' } }],
      }),
      webhooks(
        'Validating',
        template('elastic-operator.{{ .Release.Namespace }}.k8s.elastic.co'),
        validations.map(validation),
      ),
    ],
  };
}

/** A list made of `service.ports`: `entry` is a template expression over each `.`; the metrics port comes first. */
const ports = (metrics: string, entry: string) =>
  template(
    `{{ $all := list (${metrics}) -}}{{- range .Values.service.ports -}}{{- $all = append $all (${entry}) -}}{{- end -}}{{ $all | toJson }}`,
  );

/** fluentd: takes logs over the network and writes them to Elasticsearch. */
export function fluentd(version: '0.3.5' | '0.3.7'): StandInChart {
  const labels = nameLabels('fluentd');
  const name = named('fluentd');
  const prometheus = 'fluentd-prometheus-conf';
  const prometheusVolume = `fluentd-custom-cm-${prometheus}`;
  return {
    chart: 'fluentd',
    version,
    appVersion: 'v1.12.4',
    values: {
      kind: 'DaemonSet',
      service: { ports: [] },
      fileConfigs: { '03_dispatch.conf': '<label @DISPATCH>\n  # to @OUTPUT\n</label>' },
    },
    objects: [
      account(name),
      ...clusterRole(name),
      configMap('fluentd-main', { 'fluent.conf': '@include config.d/*.conf\n' }),
      configMap('fluentd-config', value('fileConfigs')),
      configMap(prometheus, { 'prometheus.conf': '<source>\n  @type prometheus\n</source>\n' }),
      configMap('fluentd-systemd-conf', { 'systemd.conf': '<source>\n  @type systemd\n</source>\n' }),
      {
        object: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace, labels },
          spec: {
            type: 'ClusterIP',
            selector: labels,
            ports: ports(
              'dict "name" "metrics" "port" 24231 "targetPort" "metrics" "protocol" "TCP"',
              'dict "name" .name "port" .containerPort "targetPort" .containerPort "protocol" .protocol',
            ),
          },
        },
      },
      ...(['Deployment', 'DaemonSet'] as const).map((kind) =>
        workload({
          kind,
          when: `(eq .Values.kind "${kind}")`,
          name,
          labels,
          account: name,
          placement: '',
          replicas: value('replicaCount', '1'),
          volumes: list('volumes', { name: prometheusVolume, configMap: { name: prometheus, defaultMode: 0o777 } }),
          containers: [
            {
              name: 'fluentd',
              image: template('{{ .Values.image.repository }}:{{ .Values.image.tag }}'),
              env: list('env'),
              volumeMounts: list('volumeMounts', {
                name: prometheusVolume,
                mountPath: `/etc/fluent/${prometheus}.d`,
              }),
              resources: value('resources'),
              ports: ports(
                'dict "name" "metrics" "containerPort" 24231 "protocol" "TCP"',
                'dict "name" .name "containerPort" .containerPort "protocol" .protocol',
              ),
            },
          ],
        }),
      ),
      serviceMonitor(name, 'metrics', labels, {
        when: on('metrics/serviceMonitor/enabled'),
        labels: value('metrics/serviceMonitor/additionalLabels') as unknown as Record<string, string>,
      }),
    ],
  };
}

/** fluent-bit: reads container logs on every node. */
export function fluentBit(version: '0.19.18' | '0.19.23'): StandInChart {
  const labels = nameLabels('fluent-bit');
  const name = named('fluent-bit');
  const appVersion = version === '0.19.18' ? '1.8.12' : '1.8.15';
  const repository = version === '0.19.18' ? 'fluent/fluent-bit' : 'cr.fluentbit.io/fluent/fluent-bit';
  return {
    chart: 'fluent-bit',
    version,
    appVersion,
    objects: [
      account(name),
      ...clusterRole(name),
      configMap(name, {
        'custom_parsers.conf': value('config/customParsers', '""'),
        // Each part may be a template, as in the real chart.
        'fluent-bit.conf': template(
          '{{ list (tpl .Values.config.service $) (tpl .Values.config.inputs $) (tpl .Values.config.filters $) (tpl .Values.config.outputs $) | join "\\n" | toJson }}',
        ),
      }),
      configMap(named('fluent-bit-luascripts'), value('luaScripts')),
      service(name, [{ name: 'http', port: 2020 }], labels),
      workload({
        kind: 'DaemonSet',
        name,
        labels,
        account: name,
        placement: '',
        volumes: list(
          'daemonSetVolumes',
          { name: 'config', configMap: { name: 'logging-fluent-bit' } },
          { name: 'luascripts', configMap: { name: 'logging-fluent-bit-luascripts' } },
        ),
        containers: [
          {
            name: 'fluent-bit',
            image: template(`${repository}:{{ dig "image" "tag" "${appVersion}" .Values.AsMap }}`),
            ports: [{ name: 'http', containerPort: 2020, protocol: 'TCP' }],
            volumeMounts: list(
              'daemonSetVolumeMounts',
              { name: 'config', mountPath: '/fluent-bit/etc' },
              { name: 'luascripts', mountPath: '/fluent-bit/scripts' },
            ),
            resources: value('resources'),
          },
        ],
      }),
      serviceMonitor(name, 'http', labels, {
        when: on('serviceMonitor/enabled'),
        labels: value('serviceMonitor/selector') as unknown as Record<string, string>,
      }),
    ],
  };
}
