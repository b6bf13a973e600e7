import { alert, type RuleGroup } from '../../rules.ts';
import { ownJobs } from './jobs.ts';

/** Alertmanager itself: alerts that nobody gets are the worst ones. */
export function alertmanagerRules(namespace: string): RuleGroup[] {
  const { alertmanager } = ownJobs(namespace);
  const failing = (by: (expr: string) => string, matchers: string) =>
    `${by(`rate(alertmanager_notifications_failed_total{${matchers}}[5m]) / rate(alertmanager_notifications_total{${matchers}}[5m])`)} > 0.01`;
  const share = (of: string) =>
    `(count by (namespace, service) (${of}) / count by (namespace, service) (up{${alertmanager}})) >= 0.5`;
  return [
    {
      name: 'alertmanager.rules',
      rules: [
        alert('AlertmanagerFailedReload', {
          severity: 'critical',
          after: '10m',
          // The largest of a while, as a failed scrape would otherwise end the alert.
          expr: `max_over_time(alertmanager_config_last_reload_successful{${alertmanager}}[5m]) == 0`,
          summary: 'Alertmanager can’t load its configuration.',
          description:
            '{{ $labels.namespace }}/{{ $labels.pod }} keeps running with the previous configuration. Its log names the faulty line; check what changed in `metrics.kube-prometheus-stack.alertmanager.config`.',
        }),
        alert('AlertmanagerMembersInconsistent', {
          severity: 'critical',
          after: '15m',
          expr: `max_over_time(alertmanager_cluster_members{${alertmanager}}[5m])
  < on (namespace, service) group_left
count by (namespace, service) (max_over_time(alertmanager_cluster_members{${alertmanager}}[5m]))`,
          summary: 'An Alertmanager doesn’t see all members of its cluster.',
          description:
            '{{ $labels.namespace }}/{{ $labels.pod }} has found only {{ $value }} members, so that alerts may be sent more than once. Check that the pods reach each other on port 9094, TCP and UDP.',
        }),
        alert('AlertmanagerFailedToSendAlerts', {
          severity: 'warning',
          after: '5m',
          expr: failing((expr) => `(${expr})`, alertmanager),
          summary: 'An Alertmanager fails to send notifications.',
          description:
            '{{ $labels.namespace }}/{{ $labels.pod }} fails to send {{ $value | humanizePercentage }} of its notifications to {{ $labels.integration }}; another member may get them out. Its log says why.',
        }),
        alert('AlertmanagerClusterFailedToSendAlerts', {
          severity: 'critical',
          after: '5m',
          expr: failing((expr) => `min by (namespace, service, integration) (${expr})`, alertmanager),
          summary: 'No Alertmanager gets notifications out: alerts are being lost.',
          description:
            'All members fail to send at least {{ $value | humanizePercentage }} of the notifications to {{ $labels.integration }}. Check the receiver, its credentials, and for SNS the role of the forwarder. Until then watch the alerts in Grafana or Prometheus.',
        }),
        alert('AlertmanagerConfigInconsistent', {
          severity: 'critical',
          after: '20m',
          expr: `count by (namespace, service) (
  count_values by (namespace, service) ("config_hash", alertmanager_config_hash{${alertmanager}})
) != 1`,
          summary: 'Members of the Alertmanager cluster have different configurations.',
          description:
            'Members of {{ $labels.service }} run {{ $value }} configurations, so what is notified depends on which one decides. See which pod failed to reload.',
        }),
        alert('AlertmanagerClusterDown', {
          severity: 'critical',
          after: '5m',
          expr: share(`avg_over_time(up{${alertmanager}}[5m]) < 0.5`),
          summary: 'Half or more of the Alertmanagers are down.',
          description:
            '{{ $value | humanizePercentage }} of the members of {{ $labels.service }} have been down for most of the last five minutes. Look at the pods in namespace {{ $labels.namespace }} and their volumes.',
        }),
        alert('AlertmanagerClusterCrashlooping', {
          severity: 'critical',
          after: '5m',
          expr: share(`changes(process_start_time_seconds{${alertmanager}}[10m]) > 4`),
          summary: 'Half or more of the Alertmanagers keep crashing.',
          description:
            '{{ $value | humanizePercentage }} of the members of {{ $labels.service }} restarted five times or more in ten minutes. `kubectl logs --previous` shows the reason.',
        }),
      ],
    },
  ];
}
