import { dashboard, p99, processes, rateBy, row, stat, table, timeSeries, variable } from '../../dashboards/index.ts';

// By a metric instead of the job's name, so that another Alertmanager of the cluster can be looked at too.
const selected = 'instance=~"$instance"';
const process = `job=~".*alertmanager.*",${selected}`;

export const alertmanager = () =>
  dashboard({
    title: 'Alertmanager',
    uid: 'kubezero-alertmanager',
    tags: ['kubezero', 'alerts'],
    variables: [
      variable('instance', 'label_values(alertmanager_build_info, instance)', { label: 'Instance', multi: true }),
    ],
    rows: [
      [
        stat('Alertmanagers', [[`count(alertmanager_build_info{${selected}})`]]),
        stat('Members seen by each', [[`min(alertmanager_cluster_members{${selected}})`]]),
        stat('Alerts active', [[`max(alertmanager_alerts{${selected},state="active"})`]], {
          thresholds: [[1, 'orange']],
        }),
        stat('Alerts silenced or inhibited', [[`max(alertmanager_alerts{${selected},state="suppressed"})`]]),
        stat('Silences', [[`max(alertmanager_silences{${selected},state="active"})`]]),
        stat('Configuration', [[`min(alertmanager_config_last_reload_successful{${selected}})`]], {
          texts: { 0: 'refused', 1: 'loaded' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
      ],
      row('Notifications', [
        timeSeries('Sent', [[rateBy('integration', 'alertmanager_notifications_total', selected), '{{integration}}']], {
          unit: 'ops',
          width: 8,
        }),
        timeSeries(
          'Failed',
          [[rateBy('integration', 'alertmanager_notifications_failed_total', selected), '{{integration}}']],
          {
            unit: 'ops',
            width: 8,
            min: 0,
            description: 'Their alerts reached nobody, or only through another member.',
          },
        ),
        timeSeries(
          'Duration, slowest 1 %',
          [[p99('alertmanager_notification_latency_seconds', selected, 'integration'), '{{integration}}']],
          { unit: 's', width: 8, min: 0 },
        ),
      ]),
      row('Alerts', [
        timeSeries('By state', [[`max by (state) (alertmanager_alerts{${selected}})`, '{{state}}']], { stack: true }),
        timeSeries('Received', [[rateBy('status', 'alertmanager_alerts_received_total', selected), '{{status}}']], {
          unit: 'ops',
        }),
        table('Firing now', {
          by: [
            { label: 'alertname', title: 'Alert' },
            { label: 'severity', title: 'Severity' },
            { label: 'namespace', title: 'Namespace' },
          ],
          columns: [
            {
              title: 'Count',
              expr: 'count by (alertname, severity, namespace) (ALERTS{alertstate="firing",alertname!="Watchdog"})',
            },
          ],
        }),
      ]),
      row(
        'Cluster',
        [
          timeSeries('Members', [[`alertmanager_cluster_members{${selected}}`, '{{instance}}']], { width: 8, min: 0 }),
          timeSeries('Health score', [[`alertmanager_cluster_health_score{${selected}}`, '{{instance}}']], {
            width: 8,
            description: '0 is healthy.',
          }),
          timeSeries(
            'Messages between members',
            [
              [rateBy('instance', 'alertmanager_cluster_messages_received_total', selected), '{{instance}} received'],
              [rateBy('instance', 'alertmanager_cluster_messages_sent_total', selected), '{{instance}} sent'],
            ],
            { unit: 'ops', width: 8, mirrored: '.* sent' },
          ),
          timeSeries(
            'Peers',
            [
              [rateBy('instance', 'alertmanager_cluster_peers_joined_total', selected), '{{instance}} joined'],
              [rateBy('instance', 'alertmanager_cluster_peers_left_total', selected), '{{instance}} left'],
              [
                rateBy('instance', 'alertmanager_cluster_reconnections_failed_total', selected),
                '{{instance}} unreachable',
              ],
            ],
            { unit: 'ops', width: 8 },
          ),
          timeSeries(
            'Size of what is kept',
            [
              [`alertmanager_nflog_snapshot_size_bytes{${selected}}`, '{{instance}} notifications'],
              [`alertmanager_silences_snapshot_size_bytes{${selected}}`, '{{instance}} silences'],
            ],
            { unit: 'bytes', width: 8 },
          ),
          timeSeries(
            'Messages too large and dropped',
            [[rateBy('instance', 'alertmanager_oversized_gossip_message_dropped_total', selected), '{{instance}}']],
            { unit: 'ops', width: 8, min: 0 },
          ),
        ],
        { collapsed: true },
      ),
      processes(process),
    ],
  });
