import { fullName, needs, standardLabels } from '../conventions.ts';
import { type ChartInstance, defineModule, type KubernetesObject, type ModuleContext } from '../definition.ts';
import { routeTo } from '../exposure.ts';
import { mergeValues, noGlobalValues } from '../schema.ts';
import { virtualService } from '../virtual-service.ts';
import { myCnf } from './configuration.ts';
import { sqlDashboards } from './dashboards.ts';
import { type SqlValues, sqlValues } from './schema.ts';

const configurationName = (releaseName: string) => `${releaseName}-mariadb-galera-configuration`;

function mariadbChart({ release, values }: ModuleContext<SqlValues>): ChartInstance {
  const { enabled: _, istio: __, ...given } = values['mariadb-galera'];
  return {
    pin: release.charts['mariadb-galera']!,
    releaseName: values.releaseName,
    values: mergeValues(
      {
        configurationConfigMap: configurationName(values.releaseName),
        // The chart has a map there, which no API server takes for a list of rules.
        metrics: { prometheusRules: { rules: [] } },
      },
      given,
    ),
  };
}

function mariadbObjects({ values }: ModuleContext<SqlValues>, labels: Record<string, string>): KubernetesObject[] {
  const { namespace, releaseName, 'mariadb-galera': mariadb } = values;
  const { istio, service } = mariadb;
  const chart = (mariadb.nameOverride as string) || 'mariadb-galera';
  const name = fullName(releaseName, chart, mariadb.fullnameOverride as string);
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: configurationName(releaseName), namespace, labels },
      data: { 'my.cnf': myCnf() },
    },
    ...(mariadb.metrics.enabled ? [sqlDashboards(fullName(releaseName, 'kubezero-sql'), namespace, labels)] : []),
    ...(istio.enabled
      ? [
          virtualService({
            name: `${fullName(releaseName, 'kubezero-sql')}-mariadb`,
            namespace,
            labels,
            host: istio.url,
            gateway: istio.gateway,
            tcp: [{ match: [{ port: service.port }], route: routeTo(name, service.port) }],
          }),
        ]
      : []),
  ];
}

export const sql = defineModule<SqlValues>({
  id: 'sql',
  purpose: 'SQL database: MariaDB with Galera replication',
  dependsOn: ['storage', 'istio', 'metrics'],
  requires: [
    needs('istio', 'mariadb-galera.istio.enabled'),
    needs('metrics', 'mariadb-galera.metrics.serviceMonitor.enabled'),
    needs('metrics', 'mariadb-galera.metrics.prometheusRules.enabled'),
  ],
  values: sqlValues,
  refused: [noGlobalValues('`mariadb-galera.global`')],
  manifest(context) {
    const { release, values } = context;
    const labels = standardLabels(release, 'sql', 'kubezero-sql', values.releaseName);
    const { enabled } = values['mariadb-galera'];
    return {
      namespace: { name: values.namespace },
      charts: enabled ? [mariadbChart(context)] : [],
      objects: enabled ? mariadbObjects(context, labels) : [],
    };
  },
});
