import {
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  processes,
  rateBy,
  row,
  stat,
  table,
  timeSeries,
} from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';

/** The certificates' namespace; `namespace` is that of cert-manager. */
const by = 'exported_namespace, name';
const expires = `min by (${by}) (certmanager_certificate_expiration_timestamp_seconds > 0)`;
const acme = 'certmanager_http_acme_client_request';

const dashboards: DashboardSet = () => ({
  'cert-manager': dashboard({
    title: 'cert-manager',
    uid: 'kubezero-cert-manager',
    tags: ['kubezero', 'certificates'],
    rows: [
      [
        stat('Certificates', [['count(certmanager_certificate_ready_status{condition="True"})']]),
        stat('Ready', [['sum(certmanager_certificate_ready_status{condition="True"})']]),
        stat('Not ready', [['sum(certmanager_certificate_ready_status{condition!="True"}) or vector(0)']], {
          thresholds: [[1, 'red']],
        }),
        stat('First to expire', [[`min(${expires}) - time()`]], {
          unit: 's',
          thresholds: [
            [0, 'red'],
            [7 * 24 * 3600, 'orange'],
            [21 * 24 * 3600, 'green'],
          ],
        }),
        stat('Turned away by ACME, last day', [[`sum(increase(${acme}_count{status="429"}[1d])) or vector(0)`]], {
          decimals: 0,
          thresholds: [[1, 'red']],
        }),
        stat('cert-manager up', [['sum(up{job="cert-manager"})']], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
      ],
      [
        table('Certificates', {
          by: [
            { label: 'exported_namespace', title: 'Namespace' },
            { label: 'name', title: 'Certificate' },
          ],
          columns: [
            {
              title: 'Ready',
              expr: `max by (${by}) (certmanager_certificate_ready_status{condition="True"})`,
              unit: 'none',
              thresholds: [
                [0, 'red'],
                [1, 'green'],
              ],
            },
            { title: 'Expires', expr: `1000 * ${expires}`, unit: 'dateTimeFromNow' },
            {
              title: 'Left',
              expr: `${expires} - time()`,
              unit: 's',
              thresholds: [
                [0, 'red'],
                [7 * 24 * 3600, 'orange'],
                [21 * 24 * 3600, 'green'],
              ],
            },
          ],
          description: 'They are renewed 30 days before the end unless they say otherwise.',
          height: 10,
        }),
      ],
      row('Work', [
        timeSeries(
          'Reconciliations',
          [[rateBy('controller', 'certmanager_controller_sync_call_count'), '{{controller}}']],
          {
            unit: 'ops',
            width: 8,
          },
        ),
        timeSeries(
          'Requests to ACME servers',
          [[rateBy('host, method, status', `${acme}_count`), '{{host}} {{method}} {{status}}']],
          {
            unit: 'reqps',
            width: 8,
          },
        ),
        timeSeries(
          'Duration of these requests, mean',
          [
            [
              `${rateBy('host', `${acme}_duration_seconds_sum`)} / ${rateBy('host', `${acme}_duration_seconds_count`)}`,
              '{{host}}',
            ],
          ],
          { unit: 's', width: 8, min: 0 },
        ),
      ]),
      processes('job="cert-manager"', { legend: '{{pod}}' }),
    ],
  }),
});

/** cert-manager's dashboard. */
export function certManagerDashboards(
  fullName: string,
  namespace: string,
  labels: Record<string, string>,
): KubernetesObject {
  return dashboardsConfigMap({
    name: `${fullName}-cert-manager-grafana-dashboard`,
    namespace,
    labels,
    folder: 'KubeZero',
    dashboards,
  });
}
