import {
  dashboard,
  processes,
  quantiles,
  rateBy,
  row,
  stat,
  table,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';

const selected = 'job=~"$job",instance=~"$instance"';
const of = (metric: string) => `prometheus_${metric}{${selected}}`;
const grown = (metric: string) => `sum(increase(${of(metric)}[1h]))`;

export const prometheus = () =>
  dashboard({
    title: 'Prometheus',
    uid: 'kubezero-prometheus',
    tags: ['kubezero', 'metrics'],
    variables: [
      variable('job', 'label_values(prometheus_build_info, job)', { label: 'Job', multi: true }),
      variable('instance', 'label_values(prometheus_build_info{job=~"$job"}, instance)', {
        label: 'Instance',
        multi: true,
      }),
    ],
    rows: [
      [
        stat('Version', [[`prometheus_build_info{${selected}}`, '{{version}}']], { nameOnly: true }),
        stat('Up for', [[`time() - min(process_start_time_seconds{${selected}})`]], { unit: 's' }),
        stat('Series', [[`sum(${of('tsdb_head_series')})`]]),
        stat('Samples', [[`sum(rate(${of('tsdb_head_samples_appended_total')}[$__rate_interval]))`]], { unit: 'cps' }),
        stat('Targets down', [['count(up == 0) or vector(0)']], { thresholds: [[1, 'orange']] }),
        stat('Configuration', [[`min(${of('config_last_reload_successful')})`]], {
          texts: { 0: 'refused', 1: 'loaded' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
      ],
      [
        stat('Rules failed, last hour', [[grown('rule_evaluation_failures_total')]], {
          thresholds: [[1, 'red']],
          decimals: 0,
        }),
        stat('Evaluations missed, last hour', [[grown('rule_group_iterations_missed_total')]], {
          thresholds: [[1, 'orange']],
          decimals: 0,
        }),
        stat('Compactions failed, last hour', [[grown('tsdb_compactions_failed_total')]], {
          thresholds: [[1, 'orange']],
          decimals: 0,
        }),
        stat('Alerts not sent, last hour', [[grown('notifications_errors_total')]], {
          thresholds: [[1, 'red']],
          decimals: 0,
        }),
        stat('Blocks on the volume', [[`sum(${of('tsdb_storage_blocks_bytes')})`]], { unit: 'bytes' }),
        stat('Oldest sample', [[`1000 * min(${of('tsdb_lowest_timestamp_seconds')})`]], { unit: 'dateTimeFromNow' }),
      ],
      row('Targets', [
        timeSeries(
          'Targets',
          [
            ['sum(count:up1)', 'up'],
            ['sum(count:up0)', 'down'],
          ],
          { width: 8, stack: true },
        ),
        timeSeries('Scraping, slowest', [['topk(10, max by (job) (scrape_duration_seconds))', '{{job}}']], {
          unit: 's',
          width: 8,
          min: 0,
        }),
        timeSeries(
          'Samples dropped',
          [
            [rateBy('instance', 'prometheus_target_scrapes_sample_duplicate_timestamp_total', selected), 'same time'],
            [rateBy('instance', 'prometheus_target_scrapes_sample_out_of_order_total', selected), 'out of order'],
            [rateBy('instance', 'prometheus_target_scrapes_sample_out_of_bounds_total', selected), 'too old'],
            [rateBy('instance', 'prometheus_target_scrapes_exceeded_sample_limit_total', selected), 'over the limit'],
          ],
          { unit: 'cps', width: 8, min: 0 },
        ),
        table('Down', {
          by: [
            { label: 'job', title: 'Job' },
            { label: 'namespace', title: 'Namespace' },
            { label: 'instance', title: 'Instance' },
          ],
          columns: [{ title: 'Count', expr: 'count by (job, namespace, instance) (up == 0)' }],
          width: 12,
        }),
        table('Most samples', {
          by: [{ label: 'job', title: 'Job' }],
          columns: [
            { title: 'Samples per scrape', expr: 'topk(20, sum by (job) (scrape_samples_post_metric_relabeling))' },
          ],
          width: 12,
          description: 'What fills the memory of Prometheus.',
        }),
      ]),
      row('Storage', [
        timeSeries('Series', [[of('tsdb_head_series'), '{{instance}}']], { width: 8, min: 0 }),
        timeSeries(
          'New and gone series',
          [
            [rateBy('instance', 'prometheus_tsdb_head_series_created_total', selected), '{{instance}} new'],
            [rateBy('instance', 'prometheus_tsdb_head_series_removed_total', selected), '{{instance}} gone'],
          ],
          { unit: 'cps', width: 8, mirrored: '.* gone' },
        ),
        timeSeries(
          'Samples',
          [[rateBy('instance', 'prometheus_tsdb_head_samples_appended_total', selected), '{{instance}}']],
          {
            unit: 'cps',
            width: 8,
            min: 0,
          },
        ),
        timeSeries('Chunks in memory', [[of('tsdb_head_chunks'), '{{instance}}']], { width: 8, min: 0 }),
        timeSeries(
          'On the volume',
          [
            [of('tsdb_storage_blocks_bytes'), '{{instance}} blocks'],
            [of('tsdb_wal_storage_size_bytes'), '{{instance}} log'],
          ],
          { unit: 'bytes', width: 8, min: 0 },
        ),
        timeSeries('Compaction', quantiles('prometheus_tsdb_compaction_duration_seconds', selected), {
          unit: 's',
          width: 8,
        }),
      ]),
      row('Rules and queries', [
        timeSeries(
          'Rule groups, slowest',
          [[`topk(10, max by (rule_group) (${of('rule_group_last_duration_seconds')}))`, '{{rule_group}}']],
          { unit: 's', width: 8, min: 0 },
        ),
        timeSeries(
          'Queries, slowest 10 %',
          [[`max by (slice) (prometheus_engine_query_duration_seconds{${selected},quantile="0.9"})`, '{{slice}}']],
          { unit: 's', width: 8, min: 0 },
        ),
        timeSeries('HTTP requests', [[rateBy('handler', 'prometheus_http_requests_total', selected), '{{handler}}']], {
          unit: 'reqps',
          width: 8,
        }),
        timeSeries(
          'Alerts sent',
          [[rateBy('alertmanager', 'prometheus_notifications_sent_total', selected), '{{alertmanager}}']],
          {
            unit: 'ops',
          },
        ),
        timeSeries(
          'Alerts waiting',
          [
            [of('notifications_queue_length'), '{{instance}}'],
            [of('notifications_queue_capacity'), '{{instance}} limit'],
          ],
          { dashed: '.* limit', min: 0 },
        ),
      ]),
      processes(selected),
    ],
  });
