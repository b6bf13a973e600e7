import { alert, type RuleGroup } from '../../rules.ts';
import { ownJobs } from './jobs.ts';

/** Prometheus' operator, without which changed rules and monitors have no effect. */
export function prometheusOperatorRules(namespace: string): RuleGroup[] {
  const { operator } = ownJobs(namespace);
  const rate = (metric: string, window: string) =>
    `(sum by (controller, namespace) (rate(prometheus_operator_${metric}_total{${operator}}[${window}])))`;
  const failed = (what: string) =>
    `${rate(`${what}_operations_failed`, '10m')} / ${rate(`${what}_operations`, '10m')} > 0.4`;
  const log = 'The operator’s log names the object and the reason.';
  return [
    {
      name: 'prometheus-operator',
      rules: [
        alert('PrometheusOperatorListErrors', {
          severity: 'warning',
          after: '15m',
          expr: failed('list'),
          summary: 'Prometheus’ operator can’t list objects of controller {{ $labels.controller }}.',
          description: `Changes to rules and monitors have no effect. ${log}`,
        }),
        alert('PrometheusOperatorWatchErrors', {
          severity: 'warning',
          after: '15m',
          expr: failed('watch'),
          summary: 'Prometheus’ operator can’t watch objects of controller {{ $labels.controller }}.',
          description: `Changes to rules and monitors have no effect. ${log}`,
        }),
        alert('PrometheusOperatorSyncFailed', {
          severity: 'warning',
          after: '10m',
          expr: `min_over_time(prometheus_operator_syncs{status="failed",${operator}}[5m]) > 0`,
          summary: '{{ $value }} objects of controller {{ $labels.controller }} can’t be brought about.',
          description: `Prometheus or Alertmanager isn’t as declared. ${log}`,
        }),
        alert('PrometheusOperatorReconcileErrors', {
          severity: 'warning',
          after: '10m',
          expr: `${rate('reconcile_errors', '5m')} / ${rate('reconcile_operations', '5m')} > 0.1`,
          summary: '{{ $value | humanizePercentage }} of the changes by controller {{ $labels.controller }} fail.',
          description: `Prometheus or Alertmanager isn’t as declared. ${log}`,
        }),
        alert('PrometheusOperatorNodeLookupErrors', {
          severity: 'warning',
          after: '10m',
          expr: `rate(prometheus_operator_node_address_lookup_errors_total{${operator}}[5m]) > 0.1`,
          summary: 'Prometheus’ operator can’t find addresses of nodes.',
          description: `Kubelets of new nodes aren’t scraped. ${log}`,
        }),
        alert('PrometheusOperatorNotReady', {
          severity: 'warning',
          after: '5m',
          expr: `min by (namespace, controller) (max_over_time(prometheus_operator_ready{${operator}}[5m]) == 0)`,
          summary: 'Prometheus’ operator isn’t ready for controller {{ $labels.controller }}.',
          description: `Changes to rules and monitors have no effect. ${log}`,
        }),
        alert('PrometheusOperatorRejectedResources', {
          severity: 'warning',
          after: '5m',
          expr: `min_over_time(prometheus_operator_managed_resources{state="rejected",${operator}}[5m]) > 0`,
          summary: '{{ printf "%0.0f" $value }} objects {{ $labels.resource }} are refused.',
          description: `They have a mistake and are left out, so what they would scrape or alert on is missing. ${log}`,
        }),
      ],
    },
  ];
}
