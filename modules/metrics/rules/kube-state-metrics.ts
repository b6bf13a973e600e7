import { alert, type RuleGroup } from '../../rules.ts';
import { stateMetrics } from './jobs.ts';

const errors = (of: string) =>
  `(sum(rate(${of}{${stateMetrics},result="error"}[5m])) / sum(rate(${of}{${stateMetrics}}[5m]))) > 0.01`;
const consequence = 'Alerts on pods, deployments and jobs may not fire.';

/** kube-state-metrics, which most alerts on workloads come from. */
export const kubeStateMetricsRules: RuleGroup[] = [
  {
    name: 'kube-state-metrics',
    rules: [
      alert('KubeStateMetricsListErrors', {
        severity: 'critical',
        after: '15m',
        expr: errors('kube_state_metrics_list_total'),
        summary: 'kube-state-metrics can’t list objects.',
        description: `${consequence} Its log says whether permissions are missing, a kind is no longer served, or the API server fails.`,
      }),
      alert('KubeStateMetricsWatchErrors', {
        severity: 'critical',
        after: '15m',
        expr: errors('kube_state_metrics_watch_total'),
        summary: 'kube-state-metrics can’t watch objects.',
        description: `${consequence} Its log says whether permissions are missing, a kind is no longer served, or the API server fails.`,
      }),
      alert('KubeStateMetricsShardingMismatch', {
        severity: 'critical',
        after: '15m',
        expr: `stdvar(kube_state_metrics_total_shards{${stateMetrics}}) != 0`,
        summary: 'Pods of kube-state-metrics disagree on the number of shards.',
        description: 'Some objects are reported twice or not at all. Give all its pods the same `--total-shards`.',
      }),
      alert('KubeStateMetricsShardsMissing', {
        severity: 'critical',
        after: '15m',
        expr: `2^max(kube_state_metrics_total_shards{${stateMetrics}}) - 1
  - sum(2^max by (shard_ordinal) (kube_state_metrics_shard_ordinal{${stateMetrics}})) != 0`,
        summary: 'Shards of kube-state-metrics are missing.',
        description: 'The objects of these shards aren’t reported. See which of its pods doesn’t run.',
      }),
    ],
  },
];
