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
import { on, type StandInObject, template, value } from '../template.ts';

/** Binds the adapter to a role of the cluster's own. */
function binding(kind: string, name: string, role: { kind: string; name: string }, at?: string): StandInObject {
  const rbac = 'rbac.authorization.k8s.io';
  return {
    object: {
      apiVersion: `${rbac}/v1`,
      kind,
      metadata: at ? { name, namespace: at } : { name },
      roleRef: { apiGroup: rbac, ...role },
      subjects: [{ kind: 'ServiceAccount', name: named('prometheus-adapter'), namespace }],
    },
  };
}

/** Answers metrics.k8s.io from Prometheus. */
export function prometheusAdapter(version: '3.0.1' | '3.2.0'): StandInChart {
  const name = named('prometheus-adapter');
  const labels = nameLabels('prometheus-adapter');
  return {
    chart: 'prometheus-adapter',
    version,
    appVersion: 'v0.9.1',
    objects: [
      account(name),
      ...clusterRole('prometheus-adapter-resource-reader', { subject: name }),
      binding('ClusterRoleBinding', 'prometheus-adapter-system-auth-delegator', {
        kind: 'ClusterRole',
        name: 'system:auth-delegator',
      }),
      binding(
        'RoleBinding',
        'prometheus-adapter-auth-reader',
        { kind: 'Role', name: 'extension-apiserver-authentication-reader' },
        'kube-system',
      ),
      ...clusterRole('prometheus-adapter-metrics', {
        binding: 'prometheus-adapter-hpa-controller-metrics',
        subject: name,
      }),
      configMap(name, { 'config.yaml': template('{{ .Values.rules | toYaml | quote }}') }),
      service(name, [{ name: 'https', port: 443, targetPort: 'https' }], labels),
      workload({
        name,
        labels,
        account: name,
        placement: '',
        volumes: [{ name: 'config', configMap: { name } }],
        containers: [
          {
            name: 'prometheus-adapter',
            image: 'k8s.gcr.io/prometheus-adapter/prometheus-adapter:v0.9.1',
            args: [
              template(
                '--prometheus-url={{ .Values.prometheus.url }}:{{ dig "prometheus" "port" 9090 .Values.AsMap }}',
              ),
              template('--v={{ .Values.logLevel }}'),
            ],
            ports: [{ name: 'https', containerPort: 6443 }],
            resources: value('resources'),
            volumeMounts: [{ name: 'config', mountPath: '/etc/adapter/', readOnly: true }],
          },
        ],
      }),
      {
        object: {
          // As the real chart does: the older version unless the renderer knows the newer one.
          apiVersion: template(
            '{{ if .Capabilities.APIVersions.Has "apiregistration.k8s.io/v1" }}apiregistration.k8s.io/v1{{ else }}apiregistration.k8s.io/v1beta1{{ end }}',
          ),
          kind: 'APIService',
          metadata: { name: 'v1beta1.metrics.k8s.io', labels },
          spec: {
            service: { name, namespace },
            group: 'metrics.k8s.io',
            version: 'v1beta1',
            insecureSkipTLSVerify: true,
            groupPriorityMinimum: 100,
            versionPriority: 100,
          },
        },
      },
    ],
  };
}

/** Takes metrics of short-lived jobs. */
export function pushgateway(version: '1.14.0' | '1.16.1'): StandInChart {
  const name = named('prometheus-pushgateway');
  const labels = { app: 'prometheus-pushgateway', release: template(release) };
  return {
    chart: 'prometheus-pushgateway',
    version,
    appVersion: '1.4.2',
    objects: [
      account(name),
      service(name, [{ name: 'http', port: 9091, targetPort: 9091 }], labels),
      serviceMonitor(name, 'http', labels, { when: on('serviceMonitor/enabled'), labels }),
      workload({
        name,
        labels,
        account: name,
        placement: '',
        containers: [
          {
            name: 'pushgateway',
            image: 'prom/pushgateway:v1.4.2',
            ports: [{ name: 'metrics', containerPort: 9091 }],
            resources: value('resources'),
          },
        ],
      }),
    ],
  };
}
