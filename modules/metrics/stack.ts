import { since } from '../../releases/range.ts';
import type { Release } from '../../releases/release.ts';
import { awsIdentity, controlPlane } from '../conventions.ts';
import type { ClusterFacts, Values } from '../definition.ts';
import { scriptChecksum } from './dashboard-script.ts';

const onPort = (port: number) => ({ enabled: true, service: { port, targetPort: port } });
const selfSigned = { serviceMonitor: { https: true, insecureSkipVerify: true } };

/** KubeZero's values for kube-prometheus-stack. Rules are KubeZero's own, not the chart's. */
export function stackValues(release: Release, facts: ClusterFacts): Values {
  return {
    defaultRules: { create: false },
    coreDns: { enabled: true },
    kubeDns: { enabled: false },
    kubeApiServer: { enabled: true },
    kubeStateMetrics: { enabled: true },
    kubeProxy: { enabled: true },
    kubeEtcd: onPort(2381),
    kubeControllerManager: { ...onPort(10257), ...selfSigned },
    kubeScheduler: { ...onPort(10259), ...selfSigned },
    kubelet: { enabled: true, serviceMonitor: { cAdvisor: true } },
    prometheusOperator: {
      enabled: true,
      logFormat: 'json',
      ...controlPlane,
      resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } },
      admissionWebhooks: { patch: { ...controlPlane } },
    },
    nodeExporter: { enabled: true },
    'prometheus-node-exporter': {
      // From 1.22 on machines have no shared mounts, and bind-mounting their root fails.
      ...(since(release, '1.22') ? { hostRootFsMount: { enabled: false } } : {}),
      prometheus: {
        monitor: {
          relabelings: [
            {
              sourceLabels: ['__meta_kubernetes_pod_node_name'],
              separator: ';',
              regex: '^(.*)$',
              targetLabel: 'node',
              replacement: '$1',
              action: 'replace',
            },
          ],
        },
      },
      resources: { requests: { cpu: '20m', memory: '16Mi' } },
    },
    prometheus: { enabled: true, prometheusSpec: prometheusSpec(release) },
    grafana: grafana(),
    'kube-state-metrics': { ...controlPlane },
    alertmanager: alertmanager(facts),
  };
}

function prometheusSpec(release: Release): Values {
  return {
    retention: '8d',
    portName: 'http-prometheus',
    logFormat: 'json',
    // All monitors and rules of the cluster, not only those labelled with this Helm release.
    podMonitorSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
    resources: {
      requests: { memory: '512Mi', cpu: '500m' },
      limits: { memory: since(release, '1.22') ? '4Gi' : '3Gi' },
    },
    walCompression: true,
    storageSpec: {
      volumeClaimTemplate: {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Gi' } } },
      },
    },
  };
}

function grafana(): Values {
  return {
    enabled: true,
    defaultDashboardsEnabled: false,
    'grafana.ini': {
      server: { enable_gzip: true },
      analytics: { check_for_updates: false },
      security: { disable_gravatar: true, cookie_secure: true, strict_transport_security: true },
      'auth.anonymous': { enabled: true },
      dashboards: {
        min_refresh_interval: '30s',
        default_home_dashboard_path: '/tmp/dashboards/KubeZero/home.json',
      },
      alerting: { enabled: false },
      date_formats: { default_timezone: 'UTC' },
    },
    sidecar: {
      dashboards: {
        searchNamespace: 'ALL',
        provider: { foldersFromFilesStructure: true },
        script: '/opt/script.sh',
        extraMounts: [{ name: 'script-volume', mountPath: '/opt/script.sh', subPath: 'script.sh' }],
      },
    },
    extraContainerVolumes: [{ name: 'script-volume', configMap: { name: 'script-configmap', defaultMode: 0o777 } }],
    podAnnotations: scriptChecksum,
    plugins: ['grafana-piechart-panel'],
    service: { portName: 'http-grafana' },
    initChownData: { enabled: false },
    testFramework: { enabled: false },
  };
}

/**
 * Off until application.yaml switches it on. Beside it a forwarder takes alerts to SNS topics of the account, as the
 * role that the infrastructure layers made; both may be given in application.yaml by the same annotations.
 */
function alertmanager({ region, accountId, roleArns }: ClusterFacts): Values {
  const inhibit = (source: string, target: string) => ({
    equal: ['namespace', 'alertname'],
    source_matchers: [source],
    target_matchers: [target],
  });
  const annotation = (name: string, key: string) => ({
    name,
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['kubezero.com/${key}']` } },
  });
  const probe = (initialDelaySeconds: number) => ({
    httpGet: { path: '/health', port: 'webhook-port' },
    initialDelaySeconds,
    timeoutSeconds: 10,
  });
  return {
    enabled: false,
    config: {
      global: { resolve_timeout: '5m' },
      route: {
        group_by: ['severity', 'clusterName'],
        group_wait: '30s',
        group_interval: '5m',
        repeat_interval: '6h',
        routes: ['Watchdog', 'InfoInhibitor'].map((name) => ({
          matchers: [`alertname = ${name}`],
          receiver: 'null',
        })),
      },
      inhibit_rules: [
        inhibit('severity = critical', 'severity =~ warning|info'),
        inhibit('severity = warning', 'severity = info'),
        {
          equal: ['namespace'],
          source_matchers: ['alertname = InfoInhibitor'],
          target_matchers: ['severity = info'],
        },
      ],
    },
    alertmanagerSpec: {
      logFormat: 'json',
      podMetadata: {
        annotations: {
          'kubezero.com/sns_forwarder_ARN_PREFIX': `arn:aws:sns:${region}:${accountId}:`,
          ...(roleArns.alertmanager ? { 'kubezero.com/sns_forwarder_AWS_ROLE_ARN': roleArns.alertmanager } : {}),
        },
      },
      containers: [
        {
          name: 'alertmanager-sns-forwarder',
          image: 'datareply/alertmanager-sns-forwarder:latest',
          imagePullPolicy: 'Always',
          env: [
            annotation('SNS_FORWARDER_ARN_PREFIX', 'sns_forwarder_ARN_PREFIX'),
            annotation('AWS_ROLE_ARN', 'sns_forwarder_AWS_ROLE_ARN'),
            ...awsIdentity.env('').slice(1),
          ],
          volumeMounts: [awsIdentity.volumeMount],
          resources: { limits: { memory: '64Mi', cpu: '100m' }, requests: { cpu: '25m', memory: '32Mi' } },
          ports: [{ containerPort: 9087, name: 'webhook-port' }],
          livenessProbe: probe(30),
          readinessProbe: probe(10),
        },
      ],
      volumes: [awsIdentity.volume],
    },
  };
}

const overrides = {
  overrides: { node: { resource: 'node' }, namespace: { resource: 'namespace' }, pod: { resource: 'pod' } },
};

/** prometheus-adapter answers metrics.k8s.io: CPU and memory of nodes and pods, for autoscalers and `kubectl top`. */
export const adapterValues: Values = {
  logLevel: 1,
  prometheus: { url: 'http://metrics-kube-prometheus-st-prometheus' },
  ...controlPlane,
  rules: {
    default: false,
    resource: {
      cpu: {
        containerQuery:
          'sum(irate(container_cpu_usage_seconds_total{<<.LabelMatchers>>,container!="POD",container!="",pod!=""}[5m])) by (<<.GroupBy>>)',
        nodeQuery:
          'sum(1 - irate(node_cpu_seconds_total{mode="idle"}[5m]) * on(namespace, pod) group_left(node) node_namespace_pod:kube_pod_info:{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
        resources: overrides,
        containerLabel: 'container',
      },
      memory: {
        containerQuery:
          'sum(container_memory_working_set_bytes{<<.LabelMatchers>>,container!="POD",container!="",pod!=""}) by (<<.GroupBy>>)',
        nodeQuery:
          'sum(node_memory_MemTotal_bytes{job="node-exporter",<<.LabelMatchers>>} - node_memory_MemAvailable_bytes{job="node-exporter",<<.LabelMatchers>>}) by (<<.GroupBy>>)',
        resources: overrides,
        containerLabel: 'container',
      },
      window: '5m',
    },
  },
};
