import {
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  row,
  stat,
  timeSeries,
  variable,
} from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';

const of = 'namespace="$namespace",pod=~"$pod"';
const status = (metric: string) => `mysql_global_status_${metric}{${of}}`;
const each = (metric: string): [string, string][] => [[status(metric), '{{pod}}']];
const perSecond = (metric: string): [string, string][] => [[`rate(${status(metric)}[$__rate_interval])`, '{{pod}}']];

/** States of a node that wsrep_local_state counts. */
const states = { 1: 'joining', 2: 'giving its data', 3: 'catching up', 4: 'in step' };

/** What the exporter in each pod reads from MariaDB's status. */
const dashboards: DashboardSet = () => ({
  'mariadb-galera': dashboard({
    title: 'MariaDB Galera',
    uid: 'kubezero-mariadb-galera',
    tags: ['MariaDB', 'MySQL'],
    variables: [
      variable('namespace', 'label_values(mysql_up, namespace)', { label: 'Namespace' }),
      variable('pod', 'label_values(mysql_up{namespace="$namespace"}, pod)', { label: 'Node', multi: true }),
    ],
    rows: [
      [
        stat('Nodes up', [[`sum(mysql_up{${of}})`]]),
        stat('Nodes in the cluster', [[`min(${status('wsrep_cluster_size')})`]], {
          description: 'As the node sees it that sees the fewest.',
        }),
        stat('Ready', [[`min(${status('wsrep_ready')})`]], {
          texts: { 0: 'no', 1: 'yes' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Queries', [[`sum(rate(${status('queries')}[$__rate_interval]))`]], { unit: 'ops' }),
        stat('Connections', [[`sum(${status('threads_connected')})`]]),
        stat('Held back', [[`max(${status('wsrep_flow_control_paused')})`]], {
          unit: 'percentunit',
          description: 'Share of the time that the cluster waits for its slowest node.',
          thresholds: [
            [0.05, 'orange'],
            [0.2, 'red'],
          ],
        }),
      ],
      [
        stat('State of the nodes', [[status('wsrep_local_state'), '{{pod}}']], {
          width: 24,
          texts: states,
          thresholds: [
            [0, 'orange'],
            [4, 'green'],
          ],
        }),
      ],
      row('Replication', [
        timeSeries(
          'Written and received',
          [
            [`rate(${status('wsrep_replicated_bytes')}[$__rate_interval])`, 'written {{pod}}'],
            [`rate(${status('wsrep_received_bytes')}[$__rate_interval])`, 'received {{pod}}'],
          ],
          { unit: 'Bps', mirrored: 'received .*' },
        ),
        timeSeries(
          'Waiting transactions',
          [
            [status('wsrep_local_recv_queue'), 'to be applied {{pod}}'],
            [status('wsrep_local_send_queue'), 'to be sent {{pod}}'],
          ],
          { min: 0 },
        ),
        timeSeries('Held back by flow control', each('wsrep_flow_control_paused'), { unit: 'percentunit', min: 0 }),
        timeSeries(
          'Conflicts',
          [
            [`rate(${status('wsrep_local_cert_failures')}[$__rate_interval])`, 'refused {{pod}}'],
            [`rate(${status('wsrep_local_bf_aborts')}[$__rate_interval])`, 'aborted {{pod}}'],
          ],
          { unit: 'ops', min: 0, description: 'Transactions that lost against one of another node.' },
        ),
      ]),
      row('Work', [
        timeSeries('Queries', perSecond('queries'), { unit: 'ops', min: 0 }),
        timeSeries(
          'Commands',
          [
            [
              `topk(8, sum by (command) (rate(mysql_global_status_commands_total{${of}}[$__rate_interval])))`,
              '{{command}}',
            ],
          ],
          { unit: 'ops', min: 0 },
        ),
        timeSeries('Slow queries', perSecond('slow_queries'), { unit: 'ops', min: 0 }),
        timeSeries(
          'Connections',
          [
            [status('threads_connected'), '{{pod}}'],
            [`mysql_global_variables_max_connections{${of}}`, 'limit {{pod}}'],
          ],
          { dashed: 'limit .*', min: 0 },
        ),
      ]),
      row('Storage', [
        timeSeries('Buffer pool', [[`sum by (state) (mysql_global_status_buffer_pool_pages{${of}})`, '{{state}}']], {
          stack: true,
          min: 0,
          description: 'Pages of 16 KiB.',
        }),
        timeSeries('Reads from disk', [[`rate(${status('innodb_buffer_pool_reads')}[$__rate_interval])`, '{{pod}}']], {
          unit: 'iops',
          min: 0,
          description: 'Pages that weren’t in the buffer pool.',
        }),
      ]),
    ],
  }),
});

/** The dashboard of MariaDB, in Grafana's general folder. */
export function sqlDashboards(name: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({ name: `${name}-grafana-dashboards-mariadb`, namespace, labels, dashboards });
}
