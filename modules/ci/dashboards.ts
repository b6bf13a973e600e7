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

const of = 'namespace="$namespace",job=~"$job"';
const rate = (counter: string) => `sum(increase(${counter}{${of}}[1h]))`;

/** What Jenkins' plugin `prometheus` counts; its metrics of the process are named `vm_` and `process_`. */
const dashboards: DashboardSet = () => ({
  Jenkins: dashboard({
    title: 'Jenkins',
    uid: 'kubezero-jenkins',
    tags: ['kubezero', 'CI'],
    from: 'now-6h',
    variables: [
      variable('namespace', 'label_values(jenkins_executor_count_value, namespace)', { label: 'Namespace' }),
      variable('job', 'label_values(jenkins_executor_count_value{namespace="$namespace"}, job)', { label: 'Jenkins' }),
    ],
    rows: [
      [
        stat('Up', [[`max(default_jenkins_up{${of}})`]], {
          texts: { 0: 'down', 1: 'up' },
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
        }),
        stat('Waiting', [[`sum(jenkins_queue_size_value{${of}})`]], { thresholds: [[10, 'orange']] }),
        stat('Stuck', [[`sum(jenkins_queue_stuck_value{${of}})`]], { thresholds: [[1, 'red']] }),
        stat('Building', [[`sum(jenkins_executor_in_use_value{${of}})`]]),
        stat('Agents online', [[`sum(jenkins_node_online_value{${of}})`]]),
        stat('Plugins that failed', [[`sum(jenkins_plugins_failed{${of}})`]], { thresholds: [[1, 'red']] }),
      ],
      row('Builds', [
        timeSeries(
          'Builds in an hour',
          [
            [rate('jenkins_runs_success_total'), 'successful'],
            [rate('jenkins_runs_unstable_total'), 'unstable'],
            [rate('jenkins_runs_failure_total'), 'failed'],
            [rate('jenkins_runs_aborted_total'), 'aborted'],
          ],
          { stack: true, min: 0 },
        ),
        timeSeries(
          'Queue',
          [
            [`sum(jenkins_queue_buildable_value{${of}})`, 'ready, no executor'],
            [`sum(jenkins_queue_blocked_value{${of}})`, 'blocked'],
            [`sum(jenkins_queue_pending_value{${of}})`, 'being started'],
            [`sum(jenkins_queue_stuck_value{${of}})`, 'stuck'],
          ],
          { stack: true, min: 0 },
        ),
        timeSeries(
          'Executors',
          [
            [`sum(jenkins_executor_in_use_value{${of}})`, 'in use'],
            [`sum(jenkins_executor_count_value{${of}})`, 'there are'],
          ],
          { dashed: 'there are', min: 0 },
        ),
        timeSeries(
          'Duration of builds',
          [[`jenkins_job_building_duration{${of},quantile=~"0.5|0.99"}`, 'p{{quantile}}']],
          {
            unit: 's',
            min: 0,
          },
        ),
      ]),
      row('Process', [
        timeSeries(
          'Heap',
          [
            [`vm_memory_heap_used{${of}}`, 'used'],
            [`vm_memory_heap_max{${of}}`, 'limit'],
          ],
          { unit: 'bytes', width: 8, dashed: 'limit', min: 0 },
        ),
        timeSeries('CPU', [[`rate(process_cpu_seconds_total{${of}}[$__rate_interval])`, '{{pod}}']], {
          description: 'CPUs in use.',
          width: 8,
          min: 0,
        }),
        timeSeries('Threads', [[`vm_count{${of}}`, '{{pod}}']], { width: 8, min: 0 }),
        timeSeries('Open files', [[`vm_file_descriptor_ratio{${of}}`, '{{pod}}']], {
          unit: 'percentunit',
          min: 0,
          max: 1,
        }),
      ]),
    ],
  }),
});

/** Jenkins' dashboard, next to KubeZero's other ones. */
export function ciDashboards(name: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({ name, namespace, labels, folder: 'KubeZero', dashboards });
}
