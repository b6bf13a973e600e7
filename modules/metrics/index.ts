import { fullName, isEnabled, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { onlyFrom, virtualService } from '../virtual-service.ts';
import { dashboardScript } from './dashboard-script.ts';
import { metricsDashboards } from './dashboards/index.ts';
import { metricsRules } from './rules/index.ts';
import { type MetricsValues, values } from './schema.ts';
import { adapterValues, stackValues } from './stack.ts';

function exposure(values: MetricsValues, labels: Record<string, string>): KubernetesObject[] {
  return Object.entries(values.istio)
    .filter(([, service]) => service.enabled)
    .flatMap(([name, { url, gateway, destination, ipBlocks }]) => [
      virtualService({
        name,
        namespace: values.namespace,
        labels,
        host: url,
        gateway,
        http: [{ route: [{ destination: { host: destination } }] }],
      }),
      ...(ipBlocks.length > 0 ? [onlyFrom(ipBlocks, { name, host: url, gateway, labels })] : []),
    ]);
}

/** Where the values first ask for a way through a gateway. */
function exposedAt(istio: MetricsValues['istio']): string[] | undefined {
  const [first] = Object.entries(istio).filter(([, { enabled }]) => enabled);
  return first && ['istio', first[0], 'enabled'];
}

export const metrics = defineModule<MetricsValues>({
  id: 'metrics',
  purpose: 'Prometheus, Grafana, Alertmanager and the resource metrics API',
  dependsOn: ['storage', 'istio'],
  requires: [{ module: 'istio', from: ({ istio }) => exposedAt(istio) }],
  values,
  crds: ({ release }) => [{ from: 'chart', pin: release.charts['kube-prometheus-stack']! }],
  manifest({ release, values, all, facts }) {
    const labels = standardLabels(release, 'metrics');
    const name = fullName('metrics', 'kubezero-metrics');
    const chart = (key: string, chartValues: Record<string, unknown>): ChartInstance => ({
      pin: release.charts[key]!,
      releaseName: 'metrics',
      values: chartValues,
    });
    const { enabled: adapter, ...adapterGiven } = values['prometheus-adapter'];
    const { enabled: pushgateway, ...pushgatewayGiven } = values['prometheus-pushgateway'];
    return {
      namespace: { name: values.namespace },
      charts: [
        chart('kube-prometheus-stack', mergeValues(stackValues(release, facts), values['kube-prometheus-stack'])),
        ...(adapter ? [chart('prometheus-adapter', mergeValues(adapterValues, adapterGiven))] : []),
        ...(pushgateway
          ? [chart('prometheus-pushgateway', mergeValues({ serviceMonitor: { enabled: true } }, pushgatewayGiven))]
          : []),
      ],
      objects: [
        dashboardScript(labels, values.namespace),
        ...metricsDashboards(name, values.namespace, labels),
        ...metricsRules(name, values.namespace, labels),
        ...(isEnabled(all, 'istio') ? exposure(values, labels) : []),
      ],
    };
  },
});
