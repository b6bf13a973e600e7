import {
  dashboard,
  type Panel,
  p99,
  processes,
  rateBy,
  row,
  stat,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';
import { header } from './header.ts';

interface Component {
  title: string;
  uid: string;
  job: string;
  /** A metric that each instance has. */
  known: string;
  /** The panels about what it does; they get the label matchers of the selected instances. */
  work: (selected: string) => Panel[];
  workTitle: string;
}

/** What components of the control plane have in common: how many are up, their requests to the API servers, processes. */
function component({ title, uid, job, known, work, workTitle }: Component) {
  const of = `job="${job}"`;
  const selected = `${of},instance=~"$instance"`;
  return dashboard({
    ...header(title, 'control plane'),
    uid,
    variables: [variable('instance', `label_values(${known}{${of}}, instance)`, { label: 'Instance', multi: true })],
    rows: [
      [
        stat('Up', [[`sum(up{${of}})`]], {
          thresholds: [
            [0, 'red'],
            [1, 'green'],
          ],
          height: 8,
        }),
        timeSeries(
          'Requests to the API servers by code',
          [[rateBy('code', 'rest_client_requests_total', selected), '{{code}}']],
          { unit: 'reqps', width: 10, stack: true },
        ),
        timeSeries(
          'Duration of these requests, slowest 1 %',
          [[p99('rest_client_request_duration_seconds', selected, 'verb'), '{{verb}}']],
          { unit: 's', width: 10, min: 0 },
        ),
      ],
      row(workTitle, work(selected)),
      processes(selected),
    ],
  });
}

export const controllerManager = () =>
  component({
    title: 'Controller manager',
    uid: 'kubezero-controller-manager',
    job: 'kube-controller-manager',
    known: 'workqueue_depth',
    workTitle: 'Work queues of its controllers',
    work: (selected) => [
      timeSeries('Added', [[rateBy('name', 'workqueue_adds_total', selected), '{{name}}']], {
        unit: 'ops',
        legend: 'table',
      }),
      timeSeries('Waiting', [[`sum by (name) (workqueue_depth{${selected}})`, '{{name}}']], {
        legend: 'table',
        description: 'Should go back to zero; a queue that grows belongs to a controller that can’t keep up.',
      }),
      timeSeries('Tried again', [[rateBy('name', 'workqueue_retries_total', selected), '{{name}}']], {
        unit: 'ops',
        description: 'After an error.',
      }),
      timeSeries(
        'Time waited, slowest 1 %',
        [[p99('workqueue_queue_duration_seconds', selected, 'name'), '{{name}}']],
        {
          unit: 's',
          min: 0,
        },
      ),
    ],
  });

const phases: [series: string, legend: string][] = [
  ['e2e_scheduling', 'all'],
  ['scheduling_algorithm', 'choosing the node'],
  ['binding', 'binding'],
];

export const scheduler = () =>
  component({
    title: 'Scheduler',
    uid: 'kubezero-scheduler',
    job: 'kube-scheduler',
    known: 'scheduler_pending_pods',
    workTitle: 'Scheduling',
    work: (selected) => [
      timeSeries('Pods waiting', [[`sum by (queue) (scheduler_pending_pods{${selected}})`, '{{queue}}']], {
        stack: true,
        width: 8,
        description: '`unschedulable`: no node has room for them or matches their constraints.',
      }),
      timeSeries(
        'Attempts by result',
        [[rateBy('result', 'scheduler_schedule_attempts_total', selected), '{{result}}']],
        {
          unit: 'ops',
          width: 8,
        },
      ),
      timeSeries(
        'Duration, slowest 1 %',
        phases.map(([what, legend]) => [
          `max(cluster_quantile:scheduler_${what}_duration_seconds:histogram_quantile{quantile="0.99"})`,
          legend,
        ]),
        { unit: 's', min: 0, width: 8 },
      ),
    ],
  });

export const proxy = () =>
  component({
    title: 'kube-proxy',
    uid: 'kubezero-proxy',
    job: 'kube-proxy',
    known: 'kubeproxy_sync_proxy_rules_duration_seconds_count',
    workTitle: 'Rules for services',
    work: (selected) => [
      timeSeries(
        'Syncs of the rules',
        [[rateBy('instance', 'kubeproxy_sync_proxy_rules_duration_seconds_count', selected), '{{instance}}']],
        { unit: 'ops' },
      ),
      timeSeries(
        'Duration of a sync, slowest 1 %',
        [[p99('kubeproxy_sync_proxy_rules_duration_seconds', selected, 'instance'), '{{instance}}']],
        { unit: 's', min: 0 },
      ),
      timeSeries(
        'From a change of endpoints to the rules, slowest 1 %',
        [[p99('kubeproxy_network_programming_duration_seconds', selected, 'instance'), '{{instance}}']],
        { unit: 's', min: 0 },
      ),
      timeSeries(
        'Age of the rules',
        [[`time() - kubeproxy_sync_proxy_rules_last_timestamp_seconds{${selected}}`, '{{instance}}']],
        { unit: 's', min: 0, description: 'Since the last successful sync.' },
      ),
    ],
  });
