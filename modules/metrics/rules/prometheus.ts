import { alert, type RuleGroup } from '../../rules.ts';
import { ownJobs } from './jobs.ts';

const pod = 'Prometheus {{ $labels.namespace }}/{{ $labels.pod }}';

/** Prometheus itself. */
export function prometheusRules(namespace: string): RuleGroup[] {
  const { prometheus } = ownJobs(namespace);
  const series = (metric: string, matchers = prometheus) => `prometheus_${metric}{${matchers}}`;
  const rate = (metric: string, matchers = prometheus) => `rate(${series(metric, matchers)}[5m])`;
  const grew = (metric: string, window = '5m') => `increase(${series(metric)}[${window}]) > 0`;
  const errorShare = (matchers: string) =>
    `(${rate('notifications_errors_total', matchers)} / ${rate('notifications_sent_total', matchers)}) * 100`;
  // Names of older and newer versions of Prometheus.
  const failedSamples = `(${rate('remote_storage_failed_samples_total')} or ${rate('remote_storage_samples_failed_total')})`;
  const sentSamples = `(${rate('remote_storage_succeeded_samples_total')} or ${rate('remote_storage_samples_total')})`;
  // Here and below, the largest or smallest of a while: a failed scrape would otherwise end the alert.
  const largest = (metric: string) => `max_over_time(${series(metric)}[5m])`;
  return [
    {
      name: 'prometheus',
      rules: [
        alert('PrometheusBadConfig', {
          severity: 'critical',
          after: '10m',
          expr: `${largest('config_last_reload_successful')} == 0`,
          summary: `${pod} can’t load its configuration.`,
          description:
            'It keeps running with the previous one, so new monitors and rules have no effect. Its log names the fault.',
        }),
        alert('PrometheusNotificationQueueRunningFull', {
          severity: 'warning',
          after: '15m',
          expr: `(
  predict_linear(${series('notifications_queue_length')}[5m], 60 * 30)
  > min_over_time(${series('notifications_queue_capacity')}[5m])
)`,
          summary: `${pod} will lose alerts within half an hour: its queue fills up.`,
          description: 'Alertmanager doesn’t take alerts fast enough. Check that it runs and can be reached.',
        }),
        alert('PrometheusErrorSendingAlertsToSomeAlertmanagers', {
          severity: 'warning',
          after: '15m',
          expr: `${errorShare(prometheus)} > 1`,
          summary: `${pod} fails to send alerts to an Alertmanager.`,
          description: '{{ printf "%.1f" $value }} % of the alerts to {{ $labels.alertmanager }} fail. Check that pod.',
        }),
        // Where no Alertmanager runs, there is none to be connected to.
        alert('PrometheusNotConnectedToAlertmanagers', {
          severity: 'warning',
          after: '10m',
          expr: `${largest('notifications_alertmanagers_discovered')} < 1 and on () count(alertmanager_build_info) > 0`,
          summary: `${pod} doesn’t know the Alertmanager of the cluster.`,
          description:
            'Its alerts go nowhere. Check `alerting` in the Prometheus object, and the service of Alertmanager in namespace {{ $labels.namespace }}.',
        }),
        alert('PrometheusTSDBReloadsFailing', {
          severity: 'warning',
          after: '4h',
          expr: grew('tsdb_reloads_failures_total', '3h'),
          summary: `${pod} can’t load blocks from its volume.`,
          description:
            '{{ $value | humanize }} attempts failed within three hours. Its log names the block; a damaged one can be moved away, which loses its two hours or more of data.',
        }),
        alert('PrometheusTSDBCompactionsFailing', {
          severity: 'warning',
          after: '4h',
          expr: grew('tsdb_compactions_failed_total', '3h'),
          summary: `${pod} can’t compact its blocks.`,
          description:
            '{{ $value | humanize }} attempts failed within three hours. The volume is mostly full: enlarge it, or shorten `retention`.',
        }),
        alert('PrometheusNotIngestingSamples', {
          severity: 'warning',
          after: '10m',
          expr: `(
  ${rate('tsdb_head_samples_appended_total')} <= 0
  and (
    sum without (scrape_job) (${series('target_metadata_cache_entries')}) > 0
    or sum without (rule_group) (${series('rule_group_rules')}) > 0
  )
)`,
          summary: `${pod} stores nothing.`,
          description: 'It has targets, and still no samples come in: no alert fires. Check its volume and its log.',
        }),
        alert('PrometheusDuplicateTimestamps', {
          severity: 'warning',
          after: '10m',
          expr: `${rate('target_scrapes_sample_duplicate_timestamp_total')} > 0`,
          summary: `${pod} drops samples with the same time and different values.`,
          description:
            '{{ printf "%.4g" $value }} samples a second are dropped: two targets end up with the same labels. Its log names them when it runs with log level `debug`.',
        }),
        alert('PrometheusOutOfOrderTimestamps', {
          severity: 'warning',
          after: '10m',
          expr: `${rate('target_scrapes_sample_out_of_order_total')} > 0`,
          summary: `${pod} drops samples that are older than known ones.`,
          description:
            '{{ printf "%.4g" $value }} samples a second are dropped: two targets have the same labels, or an exporter gives times of its own.',
        }),
        alert('PrometheusRemoteStorageFailures', {
          severity: 'critical',
          after: '15m',
          expr: `((${failedSamples} / (${failedSamples} + ${sentSamples})) * 100) > 1`,
          summary: `${pod} can’t write to its remote storage.`,
          description:
            '{{ printf "%.1f" $value }} % of the samples for {{ $labels.remote_name }} ({{ $labels.url }}) fail.',
        }),
        alert('PrometheusRemoteWriteBehind', {
          severity: 'critical',
          after: '15m',
          expr: `(
  ${largest('remote_storage_highest_timestamp_in_seconds')}
  - ignoring (remote_name, url) group_right
  ${largest('remote_storage_queue_highest_sent_timestamp_seconds')}
) > 120`,
          summary: `${pod} lags behind in writing to its remote storage.`,
          description: 'It is {{ printf "%.0f" $value }} s behind for {{ $labels.remote_name }} ({{ $labels.url }}).',
        }),
        alert('PrometheusRemoteWriteDesiredShards', {
          severity: 'warning',
          after: '15m',
          expr: `(${largest('remote_storage_shards_desired')} > ${largest('remote_storage_shards_max')})`,
          summary: `${pod} can’t keep up with writing to its remote storage.`,
          description:
            'It would need {{ $value }} shards for {{ $labels.remote_name }} ({{ $labels.url }}), more than it may have. Raise `maxShards`, or write less.',
        }),
        alert('PrometheusRuleFailures', {
          severity: 'critical',
          after: '15m',
          expr: grew('rule_evaluation_failures_total'),
          summary: `${pod} can’t evaluate rules.`,
          description:
            '{{ printf "%.0f" $value }} evaluations failed within five minutes; their alerts don’t fire. Prometheus shows the errors under Status, Rules.',
        }),
        alert('PrometheusMissingRuleEvaluations', {
          severity: 'warning',
          after: '15m',
          expr: grew('rule_group_iterations_missed_total'),
          summary: `${pod} leaves out evaluations of rules.`,
          description:
            '{{ printf "%.0f" $value }} were left out within five minutes, as a group takes longer than its interval. Give Prometheus more CPU, or simplify the slowest group.',
        }),
        alert('PrometheusTargetLimitHit', {
          severity: 'warning',
          after: '15m',
          expr: grew('target_scrape_pool_exceeded_target_limit_total'),
          summary: `${pod} leaves out targets: a monitor has more than its limit.`,
          description: '{{ printf "%.0f" $value }} times within five minutes. Raise `targetLimit` of the monitor.',
        }),
        alert('PrometheusLabelLimitHit', {
          severity: 'warning',
          after: '15m',
          expr: grew('target_scrape_pool_exceeded_label_limits_total'),
          summary: `${pod} drops targets: they have more labels than the monitor’s limit.`,
          description: '{{ printf "%.0f" $value }} times within five minutes. Raise `labelLimit` of the monitor.',
        }),
        alert('PrometheusTargetSyncFailure', {
          severity: 'critical',
          after: '5m',
          expr: grew('target_sync_failed_total', '30m'),
          summary: `${pod} can’t set up targets.`,
          description:
            '{{ printf "%.0f" $value }} targets failed within half an hour for a faulty configuration. Its log names the monitor.',
        }),
        alert('PrometheusErrorSendingAlertsToAnyAlertmanager', {
          severity: 'critical',
          after: '15m',
          expr: `min without (alertmanager) (${errorShare(`${prometheus},alertmanager!~\`\``)}) > 3`,
          summary: `${pod} fails to send alerts to every Alertmanager.`,
          description:
            'At least {{ printf "%.1f" $value }} % of the alerts fail whichever Alertmanager they go to: alerts are being lost. Check the Alertmanagers and the network to them.',
        }),
      ],
    },
  ];
}
