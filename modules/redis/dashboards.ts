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
const sum = (metric: string) => `sum(redis_${metric}{${of}})`;
const each = (metric: string): [string, string][] => [[`redis_${metric}{${of}}`, '{{pod}}']];
const perSecond = (metric: string): [string, string][] => [
  [`rate(redis_${metric}{${of}}[$__rate_interval])`, '{{pod}}'],
];
const hits = `sum(rate(redis_keyspace_hits_total{${of}}[$__rate_interval]))`;
const misses = `sum(rate(redis_keyspace_misses_total{${of}}[$__rate_interval]))`;

/** What the exporter in each pod reads from Redis; for a single server and for a cluster alike. */
const dashboards: DashboardSet = () => ({
  redis: dashboard({
    title: 'Redis',
    uid: 'kubezero-redis',
    tags: ['Redis'],
    variables: [
      variable('namespace', 'label_values(redis_up, namespace)', { label: 'Namespace' }),
      variable('pod', 'label_values(redis_up{namespace="$namespace"}, pod)', { label: 'Server', multi: true }),
    ],
    rows: [
      [
        stat('Servers up', [[sum('up')]]),
        stat('Up since', [[`min(redis_uptime_in_seconds{${of}})`]], { unit: 's' }),
        stat('Clients', [[sum('connected_clients')]]),
        stat('Keys', [[sum('db_keys')]]),
        stat('Memory', [[sum('memory_used_bytes')]], { unit: 'bytes' }),
        stat('Found', [[`${hits} / (${hits} + ${misses})`]], {
          unit: 'percentunit',
          description: 'Share of reads whose key is there.',
        }),
      ],
      row('Work', [
        timeSeries('Commands', perSecond('commands_processed_total'), { unit: 'ops', min: 0 }),
        timeSeries(
          'Commands by kind',
          [[`topk(10, sum by (cmd) (rate(redis_commands_total{${of}}[$__rate_interval])))`, '{{cmd}}']],
          { unit: 'ops', min: 0 },
        ),
        timeSeries(
          'Reads',
          [
            [hits, 'found'],
            [misses, 'not found'],
          ],
          { unit: 'ops', stack: true, min: 0 },
        ),
        timeSeries(
          'Network',
          [
            [`rate(redis_net_input_bytes_total{${of}}[$__rate_interval])`, 'in {{pod}}'],
            [`rate(redis_net_output_bytes_total{${of}}[$__rate_interval])`, 'out {{pod}}'],
          ],
          { unit: 'Bps', mirrored: 'out .*' },
        ),
      ]),
      row('Data', [
        timeSeries(
          'Memory',
          [
            [`redis_memory_used_bytes{${of}}`, '{{pod}}'],
            [`redis_memory_max_bytes{${of}} > 0`, 'limit {{pod}}'],
          ],
          { unit: 'bytes', dashed: 'limit .*', min: 0 },
        ),
        timeSeries('Keys', [[`sum by (db) (redis_db_keys{${of}})`, '{{db}}']], { stack: true, min: 0 }),
        timeSeries(
          'Keys that expire',
          [
            [sum('db_keys_expiring'), 'expire'],
            [`${sum('db_keys')} - ${sum('db_keys_expiring')}`, 'stay'],
          ],
          { stack: true, min: 0 },
        ),
        timeSeries(
          'Keys removed',
          [
            [`sum(rate(redis_expired_keys_total{${of}}[$__rate_interval]))`, 'expired'],
            [`sum(rate(redis_evicted_keys_total{${of}}[$__rate_interval]))`, 'evicted for lack of memory'],
          ],
          { unit: 'ops', min: 0 },
        ),
      ]),
      row('Clients', [
        timeSeries('Connected', each('connected_clients'), { min: 0 }),
        timeSeries('Waiting in a blocking call', each('blocked_clients'), { min: 0 }),
      ]),
    ],
  }),
});

/** The dashboard of Redis, in Grafana's general folder. */
export function redisDashboards(name: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({ name: `${name}-grafana-dashboards`, namespace, labels, dashboards });
}
