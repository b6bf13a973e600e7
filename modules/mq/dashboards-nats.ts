import { type DashboardSet, dashboard, row, stat, timeSeries, variable } from '../dashboards/index.ts';

const of = 'namespace="$namespace",pod=~"$pod"';
const varz = (metric: string) => `nats_varz_${metric}{${of}}`;
const each = (metric: string): [string, string][] => [[varz(metric), '{{pod}}']];
const rates = (metric: string): [string, string][] => [[`rate(${varz(metric)}[$__rate_interval])`, '{{pod}}']];

/** What the exporter reads from the monitoring port of each server. */
export const natsDashboards: DashboardSet = () => ({
  nats: dashboard({
    title: 'NATS',
    uid: 'kubezero-nats',
    tags: ['NATS'],
    variables: [
      variable('namespace', 'label_values(nats_varz_connections, namespace)', { label: 'Namespace' }),
      variable('pod', 'label_values(nats_varz_connections{namespace="$namespace"}, pod)', {
        label: 'Server',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('Servers', [[`count(${varz('connections')})`]]),
        stat('Connections', [[`sum(${varz('connections')})`]]),
        stat('Subscriptions', [[`sum(${varz('subscriptions')})`]]),
        stat('Messages in', [[`sum(rate(${varz('in_msgs')}[$__rate_interval]))`]], { unit: 'cps' }),
        stat('Messages out', [[`sum(rate(${varz('out_msgs')}[$__rate_interval]))`]], { unit: 'cps' }),
        stat('Slow consumers, last hour', [[`sum(increase(${varz('slow_consumers')}[1h]))`]], {
          decimals: 0,
          thresholds: [[1, 'red']],
        }),
      ],
      row('Traffic', [
        timeSeries('Messages received', rates('in_msgs'), { unit: 'cps', min: 0 }),
        timeSeries('Messages sent', rates('out_msgs'), { unit: 'cps', min: 0 }),
        timeSeries('Received', rates('in_bytes'), { unit: 'Bps', min: 0 }),
        timeSeries('Sent', rates('out_bytes'), { unit: 'Bps', min: 0 }),
      ]),
      row('Clients', [
        timeSeries('Connections', each('connections'), { width: 8, min: 0 }),
        timeSeries('Subscriptions', each('subscriptions'), { width: 8, min: 0 }),
        timeSeries('Slow consumers', each('slow_consumers'), {
          width: 8,
          min: 0,
          description: 'Clients that were cut off because they read too slowly, since the server started.',
        }),
      ]),
      row('Servers', [
        timeSeries('Memory', each('mem'), { unit: 'bytes', width: 8, min: 0 }),
        timeSeries('CPU', each('cpu'), { unit: 'percent', width: 8, min: 0 }),
        timeSeries('Routes to other servers', each('routes'), { width: 8, min: 0 }),
      ]),
      row('JetStream', [
        timeSeries('Messages kept', [[jetStream('total_messages'), '{{pod}}']], { width: 8, min: 0 }),
        timeSeries('Size of what is kept', [[jetStream('total_message_bytes'), '{{pod}}']], {
          unit: 'bytes',
          width: 8,
          min: 0,
        }),
        timeSeries(
          'Streams and consumers',
          [
            [jetStream('total_streams'), 'streams {{pod}}'],
            [jetStream('total_consumers'), 'consumers {{pod}}'],
          ],
          { width: 8, min: 0 },
        ),
      ]),
    ],
  }),
});

/** Exporters name JetStream's metrics after themselves or after JetStream. */
function jetStream(metric: string): string {
  return `{__name__=~"(nats|jetstream)_server_${metric}",${of}}`;
}
