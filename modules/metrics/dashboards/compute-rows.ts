import { type Row, row, type Thresholds, table, timeSeries } from '../../dashboards/index.ts';
import { cadvisor } from '../rules/jobs.ts';

/** Whose resources a dashboard shows, and by what they are told apart. */
export interface Scope {
  /** Label matchers, e.g. `namespace="$namespace"`. */
  matchers: string;
  /** Label that series are summed by. */
  by: string;
  /** What `by` is called. */
  title: string;
  /** Appended to each series of a pod: a join that gives it the label `by`, or leaves out others. */
  join?: string;
  /** Address that a row of a table leads to. */
  link?: string;
  /** Lines drawn with the usage, e.g. a quota. */
  limits?: (resource: 'cpu' | 'memory') => [expr: string, legend: string][];
}

/** Join that limits pods to those of workloads and tells which one they belong to. */
export const ofWorkload = (matchers: string) =>
  ` * on (namespace, pod) group_left (workload, workload_type) max by (namespace, pod, workload, workload_type) (namespace_workload_pod:kube_pod_owner:relabel{${matchers}})`;

const sum = ({ by, join = '' }: Scope, series: string) => `sum by (${by}) (${series}${join})`;

const used = {
  cpu: (matchers: string) => `node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate{${matchers}}`,
  memory: (matchers: string) =>
    `node_namespace_pod_container:container_memory_working_set_bytes{${matchers},container!~"|POD"}`,
};

const reserved = (resource: 'cpu' | 'memory', kind: 'requests' | 'limits', matchers: string) =>
  `cluster:namespace:pod_${resource}:active:kube_pod_container_resource_${kind}{${matchers}}`;

function resourceRow(resource: 'cpu' | 'memory', scope: Scope): Row {
  const title = resource === 'cpu' ? 'CPU' : 'Memory';
  const unit = resource === 'cpu' ? 'short' : 'bytes';
  const usage = sum(scope, used[resource](scope.matchers));
  const requests = sum(scope, reserved(resource, 'requests', scope.matchers));
  const limits = sum(scope, reserved(resource, 'limits', scope.matchers));
  const tooMuch: Thresholds = [
    [0.9, 'orange'],
    [1, 'red'],
  ];
  return row(title, [
    timeSeries(`${title} in use`, [[usage, `{{${scope.by}}}`], ...(scope.limits?.(resource) ?? [])], {
      description: resource === 'cpu' ? 'CPUs.' : 'Working set: what can’t be freed when memory runs short.',
      unit,
      width: 24,
      stack: true,
      dashed: 'quota: .*|requests|limits|capacity',
      min: 0,
    }),
    table(`${title}: in use, requested, limits`, {
      by: [{ label: scope.by, title: scope.title, ...(scope.link ? { link: scope.link } : {}) }],
      columns: [
        { title: 'In use', expr: usage, unit, decimals: 2 },
        { title: 'Requests', expr: requests, unit, decimals: 2 },
        { title: 'In use of requests', expr: `${usage} / ${requests}`, unit: 'percentunit', decimals: 0 },
        { title: 'Limits', expr: limits, unit, decimals: 2 },
        {
          title: 'In use of limits',
          expr: `${usage} / ${limits}`,
          unit: 'percentunit',
          decimals: 0,
          ...(resource === 'memory' ? { thresholds: tooMuch } : {}),
        },
      ],
    }),
  ]);
}

/** CPU and memory: usage over time, and against requests and limits. */
export function computeRows(scope: Scope): Row[] {
  return [resourceRow('cpu', scope), resourceRow('memory', scope)];
}

const network = (what: string, matchers: string) =>
  `rate(container_network_${what}_total{${cadvisor},${matchers}}[$__rate_interval])`;

/** Traffic of pods: bytes, packets, drops; what is sent is drawn downwards. */
export function networkRow(scope: Scope, { collapsed = false } = {}): Row {
  const both = (what: string): [string, string][] => [
    [sum(scope, network(`receive_${what}`, scope.matchers)), `{{${scope.by}}} received`],
    [sum(scope, network(`transmit_${what}`, scope.matchers)), `{{${scope.by}}} sent`],
  ];
  const panel = (title: string, what: string, unit: 'Bps' | 'pps') =>
    timeSeries(title, both(what), { unit, width: 8, mirrored: '.* sent', description: 'Below the line: sent.' });
  return row(
    'Network',
    [
      panel('Traffic', 'bytes', 'Bps'),
      panel('Packets', 'packets', 'pps'),
      panel('Packets dropped', 'packets_dropped', 'pps'),
    ],
    { collapsed },
  );
}

/** The same figures now, in a table. */
export function networkTable(scope: Scope) {
  const value = (title: string, what: string, unit: 'Bps' | 'pps') => ({
    title,
    expr: sum(scope, network(what, scope.matchers)),
    unit,
  });
  return table('Traffic now', {
    by: [{ label: scope.by, title: scope.title, ...(scope.link ? { link: scope.link } : {}) }],
    columns: [
      value('Received', 'receive_bytes', 'Bps'),
      value('Sent', 'transmit_bytes', 'Bps'),
      value('Packets received', 'receive_packets', 'pps'),
      value('Packets sent', 'transmit_packets', 'pps'),
      value('Received and dropped', 'receive_packets_dropped', 'pps'),
      value('Dropped instead of sent', 'transmit_packets_dropped', 'pps'),
    ],
  });
}

/** Reads and writes of containers on the disks of their node; network volumes aren't among them. */
export function diskRow(scope: Scope): Row {
  const both = (what: string): [string, string][] =>
    (['reads', 'writes'] as const).map((direction) => [
      sum(
        scope,
        `rate(container_fs_${direction}_${what}{${cadvisor},container!="",${scope.matchers}}[$__rate_interval])`,
      ),
      `{{${scope.by}}} ${direction}`,
    ]);
  const options = { mirrored: '.* writes', description: 'Below the line: writes.' };
  return row(
    'Disk',
    [
      timeSeries('Throughput', both('bytes_total'), { ...options, unit: 'Bps' }),
      timeSeries('Operations', both('total'), { ...options, unit: 'iops' }),
    ],
    { collapsed: true },
  );
}
