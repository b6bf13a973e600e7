import { dashboard, rateBy, row, stat, timeSeries, variable } from '../dashboards/index.ts';

const bit = 'pod=~"$fluentbit"';
const d = 'pod=~"$fluentd",plugin_id=~"$plugin"';
const total = (metric: string, matchers: string) => `sum(rate(${metric}{${matchers}}[$__rate_interval]))`;

/** fluent-bit on every node, which sends to fluentd, which sends to Elasticsearch or elsewhere. */
export const fluent = () =>
  dashboard({
    title: 'Logging: fluent-bit and fluentd',
    uid: 'kubezero-fluent-logging',
    tags: ['logging', 'Fluent'],
    variables: [
      variable('fluentbit', 'label_values(fluentbit_input_bytes_total, pod)', { label: 'fluent-bit', multi: true }),
      variable('fluentd', 'label_values(fluentd_output_status_emit_count, pod)', { label: 'fluentd', multi: true }),
      variable('plugin', 'label_values(fluentd_output_status_emit_count, plugin_id)', {
        label: 'Output of fluentd',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('fluent-bit', [['count(count by (pod) (fluentbit_input_bytes_total))']]),
        stat('fluentd', [['count(count by (pod) (fluentd_output_status_emit_count))']]),
        stat('Records read', [[total('fluentbit_input_records_total', bit)]], { unit: 'cps' }),
        stat('Records sent to fluentd', [[total('fluentbit_output_proc_records_total', bit)]], { unit: 'cps' }),
        stat('Records out of fluentd', [[total('fluentd_output_status_emit_records', d)]], { unit: 'cps' }),
        stat(
          'Records lost, last hour',
          [[`sum(increase(fluentbit_output_retries_failed_total{${bit}}[1h])) or vector(0)`]],
          { decimals: 0, thresholds: [[1, 'red']], description: 'Chunks that fluent-bit gave up on.' },
        ),
      ],
      row('fluent-bit', [
        timeSeries('Read', [[rateBy('pod', 'fluentbit_input_bytes_total', bit), '{{pod}}']], { unit: 'Bps', width: 8 }),
        timeSeries('Sent', [[rateBy('pod', 'fluentbit_output_proc_bytes_total', bit), '{{pod}}']], {
          unit: 'Bps',
          width: 8,
        }),
        timeSeries(
          'Errors',
          [
            [rateBy('pod', 'fluentbit_output_errors_total', bit), '{{pod}} errors'],
            [rateBy('pod', 'fluentbit_output_retries_total', bit), '{{pod}} retries'],
            [rateBy('pod', 'fluentbit_output_retries_failed_total', bit), '{{pod}} given up'],
          ],
          { unit: 'ops', width: 8, min: 0 },
        ),
        timeSeries('Records read, by input', [[rateBy('name', 'fluentbit_input_records_total', bit), '{{name}}']], {
          unit: 'cps',
        }),
        timeSeries(
          'Records sent, by output',
          [[rateBy('name', 'fluentbit_output_proc_records_total', bit), '{{name}}']],
          { unit: 'cps' },
        ),
      ]),
      row('fluentd', [
        timeSeries(
          'Records, by output',
          [[rateBy('plugin_id', 'fluentd_output_status_emit_records', d), '{{plugin_id}}']],
          { unit: 'cps', width: 8 },
        ),
        timeSeries('Buffer', [[`fluentd_output_status_buffer_total_bytes{${d}}`, '{{pod}} {{plugin_id}}']], {
          unit: 'bytes',
          width: 8,
          min: 0,
          description: 'At 1 GiB the oldest chunk is dropped.',
        }),
        timeSeries('Chunks waiting', [[`fluentd_output_status_buffer_queue_length{${d}}`, '{{pod}} {{plugin_id}}']], {
          width: 8,
          min: 0,
        }),
        timeSeries(
          'Errors',
          [
            [rateBy('pod', 'fluentd_output_status_num_errors', d), '{{pod}} errors'],
            [rateBy('pod', 'fluentd_output_status_retry_count', d), '{{pod}} retries'],
          ],
          { unit: 'ops', min: 0 },
        ),
        timeSeries(
          'Records routed',
          [['topk(10, sum by (flow, id) (rate(fluentd_router_records_total[$__rate_interval])))', '{{flow}} {{id}}']],
          { unit: 'cps' },
        ),
      ]),
    ],
  });
