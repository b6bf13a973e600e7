import { controlPlane, fullName, isEnabled, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import { elasticStack } from './elastic.ts';
import { fluentBitValues, fluentdValues } from './fluent.ts';
import { type LoggingValues, values } from './schema.ts';

function charts({ release, values, all }: ModuleContext<LoggingValues>): ChartInstance[] {
  const monitored = isEnabled(all, 'metrics');
  const { enabled: operator, ...operatorGiven } = values['eck-operator'];
  const chart = (key: string, chartValues: Record<string, unknown>): ChartInstance => ({
    pin: release.charts[key]!,
    releaseName: 'logging',
    values: chartValues,
  });
  return [
    ...(operator
      ? [chart('eck-operator', mergeValues({ ...controlPlane }, operatorGiven, { installCRDs: false }))]
      : []),
    ...(values.fluentd.enabled
      ? [chart('fluentd', fluentdValues(values.fluentd, values['fluent-bit'].config.output.sharedKey, monitored))]
      : []),
    ...(values['fluent-bit'].enabled
      ? [chart('fluent-bit', fluentBitValues(release, values['fluent-bit'], monitored))]
      : []),
  ];
}

function exposure(
  values: LoggingValues,
  name: string,
  labels: Record<string, string>,
  mesh: boolean,
): KubernetesObject[] {
  const { namespace, kibana, fluentd } = values;
  const to = (host: string, port?: number) => [{ destination: { host, ...(port ? { port: { number: port } } : {}) } }];
  return [
    ...(mesh && kibana.istio.enabled
      ? [
          virtualService({
            name: `${name}-kibana`,
            namespace,
            labels,
            host: kibana.istio.url,
            gateway: kibana.istio.gateway,
            http: [{ route: to(`${name}-kb-http`) }],
          }),
        ]
      : []),
    ...(mesh && fluentd.istio.enabled
      ? [
          virtualService({
            name: `${name}-fluentd`,
            namespace,
            labels,
            host: fluentd.url,
            gateway: fluentd.istio.gateway,
            tcp: [{ match: [{ port: 24224 }], route: to(`${name}-fluentd`, 24224) }],
            http: [{ route: to(`${name}-fluentd`, 9880) }],
          }),
        ]
      : []),
  ];
}

export const logging = defineModule<LoggingValues>({
  id: 'logging',
  purpose: 'Logs of all containers: fluent-bit, fluentd, Elasticsearch and Kibana with their operator',
  dependsOn: ['storage', 'istio', 'metrics'],
  values,
  // The operator's chart has them as templates of a sub-chart; KubeZero renders them into the crds folder of its copy.
  crds: ({ release, values }) =>
    values['eck-operator'].enabled
      ? [{ from: 'template', pin: release.charts['eck-operator']!, values: { installCRDs: true } }]
      : [],
  manifest(context) {
    const { release, values, all } = context;
    const labels = standardLabels(release, 'logging');
    const name = fullName('logging', 'kubezero-logging', values.fullnameOverride);
    return {
      namespace: { name: values.namespace },
      charts: charts(context),
      objects: [
        ...elasticStack(values, { name, namespace: values.namespace, labels, monitored: isEnabled(all, 'metrics') }),
        ...exposure(values, name, labels, isEnabled(all, 'istio')),
      ],
    };
  },
});
