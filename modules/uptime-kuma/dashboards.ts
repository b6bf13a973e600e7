import {
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  row,
  stat,
  table,
  timeSeries,
  variable,
} from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';

const of = 'namespace="$namespace",monitor_name=~"$monitor"';

/** What Uptime Kuma shows of each of its monitors. */
const dashboards: DashboardSet = () => ({
  Uptime: dashboard({
    title: 'Uptime',
    uid: 'kubezero-uptime',
    from: 'now-6h',
    variables: [
      variable('namespace', 'label_values(monitor_status, namespace)', { label: 'Namespace' }),
      variable('monitor', 'label_values(monitor_status{namespace="$namespace"}, monitor_name)', {
        label: 'Monitor',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('Up', [[`count(monitor_status{${of}} == 1) or vector(0)`]], { width: 6 }),
        stat('Down', [[`count(monitor_status{${of}} == 0) or vector(0)`]], { width: 6, thresholds: [[1, 'red']] }),
        stat('Slowest answer', [[`max(monitor_response_time{${of}})`]], { width: 6, unit: 'ms' }),
        stat('Next certificate to expire', [[`min(monitor_cert_days_remaining{${of}})`]], {
          width: 6,
          description: 'Days.',
          thresholds: [
            [0, 'red'],
            [14, 'orange'],
            [30, 'green'],
          ],
        }),
      ],
      [
        stat('State', [[`monitor_status{${of}}`, '{{monitor_name}}']], {
          width: 24,
          height: 6,
          background: true,
          texts: { 0: 'down', 1: 'up', 2: 'waiting' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
            [2, 'orange'],
          ],
        }),
      ],
      row('Over time', [
        timeSeries('Time to answer', [[`monitor_response_time{${of}}`, '{{monitor_name}}']], { unit: 'ms', min: 0 }),
        timeSeries(
          'Share of the time that it was up',
          [[`avg_over_time((monitor_status{${of}} == bool 1)[1h:1m])`, '{{monitor_name}}']],
          {
            unit: 'percentunit',
            description: 'Over the last hour.',
            min: 0,
            max: 1,
          },
        ),
      ]),
      [
        table('Certificates', {
          by: [{ label: 'monitor_name', title: 'Monitor' }],
          columns: [{ title: 'Days left', expr: `min by (monitor_name) (monitor_cert_days_remaining{${of}})` }],
        }),
      ],
    ],
  }),
});

/** The dashboard of what is watched. */
export function uptimeDashboards(name: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({ name: `${name}-grafana-dashboards`, namespace, labels, folder: 'Metrics', dashboards });
}
