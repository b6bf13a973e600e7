import { z } from 'zod';
import { fullName, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject } from '../definition.ts';
import { mergeValues, moduleKeys, optionalChart, passthrough, section } from '../schema.ts';
import { onlyFrom, virtualService } from '../virtual-service.ts';
import { metricsRules } from './rules/index.ts';
import { adapterValues, stackValues } from './stack.ts';

const exposed = (destination: string) =>
  section({
    enabled: z.boolean().default(false),
    url: z.string().default('').describe('Host name.'),
    gateway: z.string().default('istio-ingress/ingressgateway'),
    ipBlocks: z.array(z.string()).default([]).describe('Only these address blocks get through.'),
    destination: z.string().default(destination).describe('Service.'),
  }).prefault({});

const values = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('monitoring'),
    'kube-prometheus-stack': passthrough.default({}),
    'prometheus-adapter': optionalChart(true).describe('Answers metrics.k8s.io (autoscalers, `kubectl top`).'),
    'prometheus-pushgateway': optionalChart(),
    istio: section({
      grafana: exposed('metrics-grafana'),
      prometheus: exposed('metrics-kube-prometheus-st-prometheus'),
      alertmanager: exposed('metrics-kube-prometheus-st-alertmanager'),
    })
      .prefault({})
      .describe('What is reachable through the ingress gateways.'),
  });
type MetricsValues = z.infer<ReturnType<typeof values>>;

/** Dashboards are stored compressed; Grafana's sidecar runs this after it has fetched them. */
function dashboardScript(labels: Record<string, string>, namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'script-configmap', namespace, labels },
    data: { 'script.sh': '#!/bin/sh\nfind /tmp/dashboards -name "*.gz" -exec gunzip -f -k {} \\;\n' },
  };
}

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
      ...(ipBlocks.length > 0 ? [onlyFrom(ipBlocks, { name, host: url, labels })] : []),
    ]);
}

export const metrics = defineModule<MetricsValues>({
  id: 'metrics',
  purpose: 'Prometheus, Grafana, Alertmanager and the resource metrics API',
  dependsOn: ['storage', 'istio'],
  requires: (['grafana', 'prometheus', 'alertmanager'] as const).map((tool) => ({
    module: 'istio',
    from: ({ istio }) => (istio[tool].enabled ? ['istio', tool, 'enabled'] : undefined),
  })),
  values,
  crds: ({ release }) => [{ from: 'chart', pin: release.charts['kube-prometheus-stack']! }],
  manifest({ release, values }) {
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
        chart('kube-prometheus-stack', mergeValues(stackValues(release), values['kube-prometheus-stack'])),
        ...(adapter ? [chart('prometheus-adapter', mergeValues(adapterValues, adapterGiven))] : []),
        ...(pushgateway
          ? [chart('prometheus-pushgateway', mergeValues({ serviceMonitor: { enabled: true } }, pushgatewayGiven))]
          : []),
      ],
      objects: [
        dashboardScript(labels, values.namespace),
        ...metricsRules(name, values.namespace, labels),
        ...exposure(values, labels),
      ],
    };
  },
});
