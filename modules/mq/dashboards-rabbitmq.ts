import { type DashboardSet, dashboard, gauge, row, stat, timeSeries, variable } from '../dashboards/index.ts';

const of = 'namespace="$namespace",pod=~"$pod"';
const sum = (metric: string) => `sum(rabbitmq_${metric}{${of}})`;
const each = (metric: string): [string, string][] => [[`rabbitmq_${metric}{${of}}`, '{{pod}}']];
const perSecond = (metric: string) => `sum(rate(rabbitmq_${metric}{${of}}[$__rate_interval]))`;

/** What RabbitMQ's own plugin serves; its names are the same in 3.8 and 3.9. */
export const rabbitmqDashboards: DashboardSet = () => ({
  rabbitmq: dashboard({
    title: 'RabbitMQ',
    uid: 'kubezero-rabbitmq',
    tags: ['RabbitMQ'],
    variables: [
      variable('namespace', 'label_values(rabbitmq_identity_info, namespace)', { label: 'Namespace' }),
      variable('pod', 'label_values(rabbitmq_identity_info{namespace="$namespace"}, pod)', {
        label: 'Node',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('Nodes', [[`count(rabbitmq_identity_info{${of}})`]]),
        stat('Messages ready', [[sum('queue_messages_ready')]], { thresholds: [[10000, 'orange']] }),
        stat('Not acknowledged', [[sum('queue_messages_unacked')]], { thresholds: [[1000, 'orange']] }),
        stat('Connections', [[sum('connections')]]),
        stat('Queues', [[sum('queues')]]),
        stat('Consumers', [[sum('consumers')]], {
          thresholds: [
            [0, 'orange'],
            [1, 'green'],
          ],
        }),
      ],
      row('Messages', [
        timeSeries(
          'In queues',
          [
            [sum('queue_messages_ready'), 'ready'],
            [sum('queue_messages_unacked'), 'not acknowledged'],
          ],
          { stack: true, min: 0 },
        ),
        timeSeries(
          'Published',
          [
            [perSecond('channel_messages_published_total'), 'published'],
            [perSecond('channel_messages_confirmed_total'), 'confirmed'],
            [perSecond('channel_messages_unroutable_returned_total'), 'nowhere to go, returned'],
            [perSecond('channel_messages_unroutable_dropped_total'), 'nowhere to go, dropped'],
          ],
          { unit: 'cps', min: 0 },
        ),
        timeSeries(
          'Delivered',
          [
            [perSecond('channel_messages_delivered_total'), 'to be acknowledged'],
            [perSecond('channel_messages_delivered_ack_total'), 'acknowledged by delivery'],
            [perSecond('channel_messages_redelivered_total'), 'again'],
            [perSecond('channel_messages_acked_total'), 'acknowledgements'],
          ],
          { unit: 'cps', min: 0 },
        ),
        timeSeries(
          'Connections and channels',
          [
            [sum('connections'), 'connections'],
            [sum('channels'), 'channels'],
            [sum('consumers'), 'consumers'],
          ],
          { min: 0 },
        ),
      ]),
      row('Nodes', [
        gauge(
          'Memory, of where publishers are held back',
          [[`max(rabbitmq_process_resident_memory_bytes{${of}} / rabbitmq_resident_memory_limit_bytes{${of}})`]],
          {
            width: 6,
            thresholds: [
              [0.7, 'orange'],
              [0.9, 'red'],
            ],
          },
        ),
        gauge(
          'Open files, of those allowed',
          [[`max(rabbitmq_process_open_fds{${of}} / rabbitmq_process_max_fds{${of}})`]],
          { width: 6, thresholds: [[0.8, 'red']] },
        ),
        timeSeries(
          'Disk space left until publishers are held back',
          [
            [
              `rabbitmq_disk_space_available_bytes{${of}} - rabbitmq_disk_space_available_limit_bytes{${of}}`,
              '{{pod}}',
            ],
          ],
          { unit: 'bytes', min: 0 },
        ),
        timeSeries('Memory', each('process_resident_memory_bytes'), { unit: 'bytes', min: 0 }),
        timeSeries('Queues on each node', each('queues'), { min: 0 }),
        timeSeries(
          'Connections opened',
          [
            [perSecond('connections_opened_total'), 'opened'],
            [perSecond('connections_closed_total'), 'closed'],
          ],
          {
            unit: 'cps',
            min: 0,
          },
        ),
        timeSeries('Erlang processes', [[`erlang_vm_process_count{${of}}`, '{{pod}}']], { min: 0 }),
      ]),
    ],
  }),
});
