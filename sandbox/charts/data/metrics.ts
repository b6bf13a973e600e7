import type { StandInChart } from '../chart.ts';
import { crd } from '../crds.ts';
import {
  account,
  clusterRole,
  named,
  namespace,
  release,
  service,
  serviceMonitor,
  webhooks,
  workload,
} from '../objects.ts';
import { list, on, type StandInObject, template, value } from '../template.ts';
import { admissionJobs } from './metrics-admission.ts';
import { nodeExporter, stateMetrics } from './metrics-exporters.ts';
import { grafana } from './metrics-grafana.ts';

const group = 'monitoring.coreos.com';
const kinds: [kind: string, plural: string, version: string][] = [
  ['AlertmanagerConfig', 'alertmanagerconfigs', 'v1alpha1*'],
  ['Alertmanager', 'alertmanagers', 'v1*'],
  ['PodMonitor', 'podmonitors', 'v1*'],
  ['Probe', 'probes', 'v1*'],
  ['Prometheus', 'prometheuses', 'v1*'],
  ['PrometheusRule', 'prometheusrules', 'v1*'],
  ['ServiceMonitor', 'servicemonitors', 'v1*'],
  ['ThanosRuler', 'thanosrulers', 'v1*'],
];

interface Versions {
  operator: string;
  grafana: string;
  sidecar: string;
  stateMetrics: string;
  prometheus: string;
  alertmanager: string;
}

const parts: Record<'30.2.0' | '34.9.0', Versions> = {
  '30.2.0': {
    operator: 'v0.53.1',
    grafana: '8.3.4',
    sidecar: '1.15.1',
    stateMetrics: 'v2.3.0',
    prometheus: 'v2.32.1',
    alertmanager: 'v0.23.0',
  },
  '34.9.0': {
    operator: 'v0.55.0',
    grafana: '8.4.5',
    sidecar: '1.15.6',
    stateMetrics: 'v2.4.1',
    prometheus: 'v2.34.0',
    alertmanager: 'v0.24.0',
  },
};

/** Fullname of the chart, cut as it cuts it. */
const full = (rest: string) => named(`kube-prometheus-st-${rest}`);

const stackLabels = (part: string) => ({ app: `kube-prometheus-stack-${part}`, release: template(release) });

function controlPlaneTargets(): StandInObject[] {
  const targets: [name: string, key: string, port: number, selector: Record<string, string>][] = [
    ['coredns', 'coreDns', 9153, { 'k8s-app': 'kube-dns' }],
    ['kube-controller-manager', 'kubeControllerManager', 10257, { component: 'kube-controller-manager' }],
    ['kube-etcd', 'kubeEtcd', 2381, { component: 'etcd' }],
    ['kube-proxy', 'kubeProxy', 10249, { 'k8s-app': 'kube-proxy' }],
    ['kube-scheduler', 'kubeScheduler', 10259, { component: 'kube-scheduler' }],
  ];
  return targets.flatMap(([name, key, port, selector]) => {
    const labels = { app: `kube-prometheus-stack-${name}`, release: template(release) };
    const when = on(`${key}/enabled`, 'true');
    const own = (field: string, fallback: string) => value(`${key}/${field}`, fallback);
    const https = `(dig "${key}" "serviceMonitor" "https" false .Values.AsMap)`;
    const insecure = `(dig "${key}" "serviceMonitor" "insecureSkipVerify" false .Values.AsMap)`;
    return [
      {
        when,
        object: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: full(name), namespace: 'kube-system', labels },
          spec: {
            clusterIP: 'None',
            selector,
            ports: [
              {
                name: 'http-metrics',
                protocol: 'TCP',
                port: own('service/port', String(port)),
                targetPort: own('service/targetPort', String(port)),
              },
            ],
          },
        },
      },
      serviceMonitor(full(name), 'http-metrics', labels, {
        when,
        labels,
        namespaces: ['kube-system'],
        endpoint: {
          scheme: template(`{{ ternary "https" "http" ${https} }}`),
          tlsConfig: template(`{{ if ${insecure} }}{"insecureSkipVerify": true}{{ else }}{}{{ end }}`),
        },
      }),
    ];
  });
}

function managed(kind: 'Prometheus' | 'Alertmanager', version: string, fields: object, when?: string): StandInObject {
  const key = kind.toLowerCase();
  return {
    when,
    object: {
      apiVersion: `${group}/v1`,
      kind,
      metadata: {
        name: full(key),
        namespace,
        labels: { app: `kube-prometheus-stack-${key}`, release: template(release) },
      },
      spec: {
        image: `quay.io/prometheus/${key}:${version}`,
        version,
        serviceAccountName: full(key),
        ...fields,
      },
    },
  };
}

const own = (key: 'prometheus' | 'alertmanager') => (field: string, fallback?: string) =>
  value(`${key}/${key}Spec/${field}`, fallback);

/** What both kinds of a managed server take from their values. */
function commonFields(key: 'prometheus' | 'alertmanager') {
  const at = own(key);
  return {
    replicas: at('replicas', '1'),
    portName: at('portName', '"http-web"'),
    logFormat: at('logFormat', '"logfmt"'),
    externalUrl: at(
      'externalUrl',
      `(printf "http://%s-kube-prometheus-st-${key}.%s:${key === 'prometheus' ? 9090 : 9093}" .Release.Name .Release.Namespace)`,
    ),
    resources: at('resources'),
    podMetadata: at('podMetadata'),
    storage: at(key === 'prometheus' ? 'storageSpec' : 'storage'),
    containers: list(`${key}/${key}Spec/containers`),
    volumes: list(`${key}/${key}Spec/volumes`),
  };
}

/** Which monitors or rules Prometheus looks at: all, or with KubeZero's switch untouched those of this Helm release. */
const selector = (kind: string) =>
  template(
    `{{ if dig "prometheus" "prometheusSpec" "${kind}SelectorNilUsesHelmValues" true .Values.AsMap }}{"matchLabels": {"release": {{ .Release.Name | quote }}}}{{ else }}{}{{ end }}`,
  );

function prometheusFields() {
  const at = own('prometheus');
  return {
    ...commonFields('prometheus'),
    retention: at('retention', '"10d"'),
    walCompression: at('walCompression', 'false'),
    podMonitorSelector: selector('podMonitor'),
    serviceMonitorSelector: selector('serviceMonitor'),
    ruleSelector: selector('rule'),
    alerting: template(
      '{{ if dig "alertmanager" "enabled" true .Values.AsMap }}{"alertmanagers": [{"namespace": {{ .Release.Namespace | quote }}, "name": "{{ .Release.Name }}-kube-prometheus-st-alertmanager", "port": {{ dig "alertmanager" "alertmanagerSpec" "portName" "http-web" .Values.AsMap | quote }}, "pathPrefix": "/", "apiVersion": "v2"}]}{{ else }}{}{{ end }}',
    ),
  };
}

function operator(versions: Versions): StandInObject[] {
  const name = full('operator');
  const labels = { app: 'kube-prometheus-stack-operator', release: template(release) };
  const hook = (path: string) => ({
    name: 'prometheusrulemutate.monitoring.coreos.com',
    service: name,
    path: `/admission-prometheusrules/${path}`,
    failurePolicy: 'Ignore' as const,
    rules: [{ apiGroups: [group], resources: ['prometheusrules'] }],
  });
  return [
    account(name),
    ...clusterRole(name),
    service(name, [{ name: 'https', port: 443, targetPort: 'https' }], labels),
    serviceMonitor(name, 'https', labels, { labels }),
    webhooks('Mutating', full('admission'), [hook('mutate')]),
    webhooks('Validating', full('admission'), [hook('validate')]),
    workload({
      name,
      labels,
      account: name,
      placement: 'prometheusOperator',
      containers: [
        {
          name: 'kube-prometheus-stack',
          image: `quay.io/prometheus-operator/prometheus-operator:${versions.operator}`,
          ports: [{ name: 'https', containerPort: 10250, protocol: 'TCP' }],
          args: [template('--log-format={{ dig "prometheusOperator" "logFormat" "logfmt" .Values.AsMap }}')],
          resources: value('prometheusOperator/resources'),
        },
      ],
    }),
  ];
}

/** Prometheus, its operator, Grafana and exporters. */
export function kubePrometheusStack(version: '30.2.0' | '34.9.0'): StandInChart {
  const versions = parts[version];
  const newer = version === '34.9.0';
  const alertmanager = on('alertmanager/enabled', 'true');
  const prometheusLabels = { 'app.kubernetes.io/name': 'prometheus', prometheus: full('prometheus') };
  const alertmanagerLabels = { 'app.kubernetes.io/name': 'alertmanager', alertmanager: full('alertmanager') };
  return {
    chart: 'kube-prometheus-stack',
    version,
    appVersion: versions.operator.slice(1),
    crds: kinds.map(([kind, plural, stored]) => crd({ kind, plural, group, versions: [stored] })),
    objects: [
      ...operator(versions),
      ...admissionJobs(newer ? 'v1.1.1' : 'v1.0'),
      ...controlPlaneTargets(),
      serviceMonitor(
        full('apiserver'),
        'https',
        { component: 'apiserver', provider: 'kubernetes' },
        { labels: stackLabels('apiserver'), namespaces: ['default'] },
      ),
      serviceMonitor(
        full('kubelet'),
        'https-metrics',
        { 'app.kubernetes.io/name': 'kubelet', 'k8s-app': 'kubelet' },
        { labels: stackLabels('kubelet'), namespaces: ['kube-system'] },
      ),
      account(full('prometheus')),
      ...clusterRole(full('prometheus')),
      service(
        full('prometheus'),
        [{ name: value('prometheus/prometheusSpec/portName', '"http-web"'), port: 9090, targetPort: 9090 }],
        prometheusLabels,
        { labels: { ...stackLabels('prometheus'), 'self-monitor': 'true' } },
      ),
      serviceMonitor(
        full('prometheus'),
        value('prometheus/prometheusSpec/portName', '"http-web"'),
        { ...stackLabels('prometheus'), 'self-monitor': 'true' },
        { labels: stackLabels('prometheus') },
      ),
      managed('Prometheus', versions.prometheus, prometheusFields()),
      account(full('alertmanager'), alertmanager),
      service(full('alertmanager'), [{ name: 'http-web', port: 9093, targetPort: 9093 }], alertmanagerLabels, {
        when: alertmanager,
        labels: { ...stackLabels('alertmanager'), 'self-monitor': 'true' },
      }),
      serviceMonitor(
        full('alertmanager'),
        'http-web',
        { ...stackLabels('alertmanager'), 'self-monitor': 'true' },
        { when: alertmanager, labels: stackLabels('alertmanager') },
      ),
      {
        when: alertmanager,
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: template(`alertmanager-${release}-kube-prometheus-st-alertmanager`), namespace },
          data: { 'alertmanager.yaml': template('{{ .Values.alertmanager.config | toYaml | b64enc }}') },
        },
      },
      managed(
        'Alertmanager',
        versions.alertmanager,
        { ...commonFields('alertmanager'), retention: own('alertmanager')('retention', '"120h"') },
        alertmanager,
      ),
      // Chart 31 has Grafana's own monitor instead of the stack's.
      ...grafana({ ...versions, monitor: newer ? named('grafana') : full('grafana') }),
      ...nodeExporter(),
      ...stateMetrics({ version: versions.stateMetrics }),
    ],
  };
}
