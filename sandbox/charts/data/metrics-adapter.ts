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
import { on, template } from '../template.ts';

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
      ...clusterRole('prometheus-adapter-metrics', {
        binding: 'prometheus-adapter-hpa-controller-metrics',
        subject: name,
      }),
      configMap(name, { 'config.yaml': template('{{ .Values.rules | toYaml | quote }}') }),
      service(name, [{ name: 'https', port: 443, targetPort: 6443 }], labels),
      workload({
        name,
        labels,
        account: name,
        placement: '',
        containers: [{ name: 'prometheus-adapter', image: 'k8s.gcr.io/prometheus-adapter/prometheus-adapter:v0.9.1' }],
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
      service(name, [{ name: 'http', port: 9091 }], labels),
      serviceMonitor(name, 'http', labels, { when: on('serviceMonitor/enabled') }),
      workload({
        name,
        labels,
        account: name,
        placement: '',
        containers: [{ name: 'pushgateway', image: 'prom/pushgateway:v1.4.2' }],
      }),
    ],
  };
}
