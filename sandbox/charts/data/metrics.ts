import type { StandInChart } from '../chart.ts';
import { crd } from '../crds.ts';
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
  webhooks,
  workload,
} from '../objects.ts';
import { list, on, type StandInObject, template, value } from '../template.ts';
import { admissionJobs } from './metrics-admission.ts';

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
    sidecar: '1.14.2',
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
    return [
      service(full(name), [{ name: 'http-metrics', port, targetPort: port }], selector, {
        when: on(`${key}/enabled`, 'true'),
        namespace: 'kube-system',
        labels,
        spec: { clusterIP: 'None' },
      }),
      serviceMonitor(full(name), 'http-metrics', labels, {
        when: on(`${key}/enabled`, 'true'),
        namespaces: ['kube-system'],
      }),
    ];
  });
}

function managed(kind: 'Prometheus' | 'Alertmanager', version: string, when?: string): StandInObject {
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
        replicas: value(`${key}/${key}Spec/replicas`, '1'),
        serviceAccountName: full(key),
        portName: value(`${key}/${key}Spec/portName`, '"http-web"'),
        retention: value(`${key}/${key}Spec/retention`, '"10d"'),
        resources: value(`${key}/${key}Spec/resources`),
        storage: value(`${key}/${key}Spec/storageSpec`),
        containers: list(`${key}/${key}Spec/containers`),
        volumes: list(`${key}/${key}Spec/volumes`),
      },
    },
  };
}

function grafana(newer: boolean, versions: Versions): StandInObject[] {
  const labels = nameLabels('grafana');
  const sidecar = (name: string, more: Record<string, unknown> = {}) => ({
    name,
    image: `quay.io/kiwigrid/k8s-sidecar:${versions.sidecar}`,
    ...more,
  });
  return [
    account(named('grafana')),
    ...clusterRole(named('grafana-clusterrole'), {
      binding: named('grafana-clusterrolebinding'),
      subject: named('grafana'),
    }),
    {
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: named('grafana'), namespace, labels },
        type: 'Opaque',
        data: { 'admin-user': 'YWRtaW4=', 'admin-password': 'cHJvbS1vcGVyYXRvcg==' },
      },
    },
    configMap(named('grafana'), {
      'grafana.ini': template('{{ index .Values "grafana" "grafana.ini" | toYaml | quote }}'),
    }),
    service(named('grafana'), [{ name: 'http-grafana', port: 80, targetPort: 3000 }], labels),
    // Chart 31 has Grafana's own monitor instead of the stack's.
    serviceMonitor(newer ? named('grafana') : full('grafana'), 'http-grafana', labels),
    workload({
      name: named('grafana'),
      labels,
      account: named('grafana'),
      placement: 'grafana',
      volumes: list('grafana/extraContainerVolumes', { name: 'sc-dashboard-volume', emptyDir: {} }),
      containers: [
        sidecar('grafana-sc-dashboard', {
          volumeMounts: list('grafana/sidecar/dashboards/extraMounts', {
            name: 'sc-dashboard-volume',
            mountPath: '/tmp/dashboards',
          }),
        }),
        sidecar('grafana-sc-datasources'),
        { name: 'grafana', image: `grafana/grafana:${versions.grafana}` },
      ],
    }),
  ];
}

function nodeExporter(newer: boolean): StandInObject[] {
  const name = named('prometheus-node-exporter');
  const labels = { app: 'prometheus-node-exporter', release: template(release) };
  const hostPath = (volume: string, path: string) => ({ name: volume, hostPath: { path } });
  // The root is mounted unless switched off: 1.21 does, 1.22 doesn't.
  const withRoot = (mounts: object[], root: object) =>
    template(
      `{{ if dig "prometheus-node-exporter" "hostRootFsMount" "enabled" true .Values.AsMap }}${JSON.stringify([...mounts, root])}{{ else }}${JSON.stringify(mounts)}{{ end }}`,
    );
  const mount = (volume: string, mountPath: string) => ({ name: volume, mountPath, readOnly: true });
  return [
    account(name),
    service(name, [{ name: 'http-metrics', port: 9100 }], labels),
    serviceMonitor(newer ? name : full('node-exporter'), 'http-metrics', labels),
    workload({
      kind: 'DaemonSet',
      name,
      labels,
      account: name,
      hostNetwork: true,
      tolerations: [{ effect: 'NoSchedule', operator: 'Exists' }],
      pod: { hostPID: true },
      containers: [
        {
          name: 'node-exporter',
          image: 'quay.io/prometheus/node-exporter:v1.3.1',
          args: ['--path.procfs=/host/proc', '--path.sysfs=/host/sys'],
          ports: [{ name: 'metrics', containerPort: 9100, protocol: 'TCP' }],
          resources: value('prometheus-node-exporter/resources'),
          volumeMounts: withRoot([mount('proc', '/host/proc'), mount('sys', '/host/sys')], {
            ...mount('root', '/host/root'),
            mountPropagation: 'HostToContainer',
          }),
        },
      ],
      volumes: withRoot([hostPath('proc', '/proc'), hostPath('sys', '/sys')], hostPath('root', '/')),
    }),
  ];
}

function stateMetrics(versions: Versions): StandInObject[] {
  const name = named('kube-state-metrics');
  const labels = nameLabels('kube-state-metrics');
  return [
    account(name),
    ...clusterRole(name),
    service(name, [{ name: 'http', port: 8080 }], labels),
    serviceMonitor(name, 'http', labels),
    workload({
      name,
      labels,
      account: name,
      placement: 'kube-state-metrics',
      containers: [
        {
          name: 'kube-state-metrics',
          image: `k8s.gcr.io/kube-state-metrics/kube-state-metrics:${versions.stateMetrics}`,
        },
      ],
    }),
  ];
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
    serviceMonitor(name, 'https', labels),
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
      serviceMonitor(full('apiserver'), 'https', { component: 'apiserver' }, { namespaces: ['default'] }),
      serviceMonitor(
        full('kubelet'),
        'https-metrics',
        { 'app.kubernetes.io/name': 'kubelet' },
        { namespaces: ['kube-system'] },
      ),
      account(full('prometheus')),
      ...clusterRole(full('prometheus')),
      service(full('prometheus'), [{ name: 'http-prometheus', port: 9090 }], prometheusLabels),
      serviceMonitor(full('prometheus'), 'http-prometheus', prometheusLabels),
      managed('Prometheus', versions.prometheus),
      account(full('alertmanager'), alertmanager),
      service(full('alertmanager'), [{ name: 'http-web', port: 9093 }], alertmanagerLabels, { when: alertmanager }),
      serviceMonitor(full('alertmanager'), 'http-web', alertmanagerLabels, { when: alertmanager }),
      {
        when: alertmanager,
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: template(`alertmanager-${release}-kube-prometheus-st-alertmanager`), namespace },
          data: { 'alertmanager.yaml': template('{{ .Values.alertmanager.config | toYaml | b64enc }}') },
        },
      },
      managed('Alertmanager', versions.alertmanager, alertmanager),
      ...grafana(newer, versions),
      ...nodeExporter(newer),
      ...stateMetrics(versions),
    ],
  };
}
