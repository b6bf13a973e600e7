import { controlPlane, fullName, isEnabled, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { mergeValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import { loggingDashboards } from './dashboards.ts';
import { elasticStack } from './elastic.ts';
import { fluentBitValues } from './fluent-bit.ts';
import { fluentdValues, withoutSystemd } from './fluentd.ts';
import { refused } from './refused.ts';
import { type LoggingValues, values } from './schema.ts';
import { snapshotAccess } from './snapshots.ts';

function charts({ release, values, all }: ModuleContext<LoggingValues>, elasticsearch?: string): ChartInstance[] {
  const monitored = isEnabled(all, 'metrics');
  const { enabled: operator, ...operatorGiven } = values['eck-operator'];
  const { fluentd, 'fluent-bit': fluentBit, namespace } = values;
  const { sharedKey } = fluentBit.config.output;
  const chart = (key: string, chartValues: Record<string, unknown>): ChartInstance => ({
    pin: release.charts[key]!,
    releaseName: 'logging',
    values: chartValues,
  });
  return [
    ...(operator
      ? [chart('eck-operator', mergeValues({ ...controlPlane }, operatorGiven, { installCRDs: false }))]
      : []),
    ...(fluentd.enabled
      ? [
          {
            ...chart('fluentd', fluentdValues(fluentd, { elasticsearch, namespace, sharedKey, monitored })),
            patch: withoutSystemd,
          },
        ]
      : []),
    ...(fluentBit.enabled ? [chart('fluent-bit', fluentBitValues(release, fluentBit, monitored))] : []),
  ];
}

/** VirtualServices of what is there: Kibana comes with Elasticsearch, fluentd by itself. */
function exposure(
  { namespace, kibana, fluentd, es }: LoggingValues,
  name: string,
  labels: Record<string, string>,
): KubernetesObject[] {
  const to = (host: string, port?: number) => [{ destination: { host, ...(port ? { port: { number: port } } : {}) } }];
  return [
    ...(kibana.istio.enabled && es.nodeSets.length > 0
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
    ...(fluentd.istio.enabled && fluentd.enabled
      ? [
          virtualService({
            name: `${name}-fluentd`,
            namespace,
            labels,
            host: fluentd.url,
            gateway: fluentd.istio.gateway,
            // The chart names its service by the Helm release, whatever Elasticsearch is called.
            tcp: [{ match: [{ port: 24224 }], route: to('logging-fluentd', 24224) }],
            http: [{ route: to('logging-fluentd', 9880) }],
          }),
        ]
      : []),
  ];
}

export const logging = defineModule<LoggingValues>({
  id: 'logging',
  purpose: 'Logs of all containers: fluent-bit, fluentd, Elasticsearch and Kibana with their operator',
  dependsOn: ['storage', 'istio', 'metrics'],
  requires: (['kibana', 'fluentd'] as const).map((tool) => ({
    module: 'istio',
    from: (values) => (values[tool].istio.enabled ? [tool, 'istio', 'enabled'] : undefined),
  })),
  values,
  refused,
  // The operator's chart has them as templates of a sub-chart; KubeZero renders them into the crds folder of its copy.
  crds: ({ release, values }) =>
    values['eck-operator'].enabled
      ? [{ from: 'template', pin: release.charts['eck-operator']!, values: { installCRDs: true } }]
      : [],
  manifest(context) {
    const { release, values, all, facts } = context;
    const { namespace } = values;
    const labels = standardLabels(release, 'logging');
    const name = fullName('logging', 'kubezero-logging', values.fullnameOverride);
    const snapshots = snapshotAccess(values, { namespace, labels, facts });
    const monitored = isEnabled(all, 'metrics');
    const elasticsearch = values.es.nodeSets.length > 0;
    const logs = elasticsearch || values.fluentd.enabled || values['fluent-bit'].enabled;
    return {
      namespace: { name: namespace },
      charts: charts(context, elasticsearch ? name : undefined),
      objects: [
        ...(monitored && logs ? [loggingDashboards(name, namespace, labels, { elasticsearch })] : []),
        ...elasticStack(values, { name, namespace, labels, monitored, snapshots }),
        ...(isEnabled(all, 'istio') ? exposure(values, name, labels) : []),
      ],
    };
  },
});
