import {
  dashboard,
  dashboardUrl,
  namespaceVariable,
  row,
  stat,
  type Thresholds,
  timeSeries,
  variable,
} from '../../dashboards/index.ts';
import { cadvisor } from '../rules/jobs.ts';
import { computeRows, diskRow, networkRow, ofWorkload } from './compute-rows.ts';
import { header } from './header.ts';

export const uids = {
  cluster: 'kubezero-k8s-resources-cluster',
  namespace: 'kubezero-k8s-resources-namespace',
  node: 'kubezero-k8s-resources-node',
  pod: 'kubezero-k8s-resources-pod',
  workload: 'kubezero-k8s-resources-workload',
  workloads: 'kubezero-k8s-resources-workloads',
};

const cell = '${__value.text}';
const inNamespace = 'namespace="$namespace"';
const podLink = (pod: string) => dashboardUrl(uids.pod, { namespace: '$namespace', pod });

const full: Thresholds = [
  [0.8, 'orange'],
  [0.95, 'red'],
];
const share = { unit: 'percentunit' as const, thresholds: full, decimals: 0 };

function committed(kind: 'requests' | 'limits', resource: 'cpu' | 'memory') {
  return `sum(namespace_${resource}:kube_pod_container_resource_${kind}:sum) / sum(kube_node_status_allocatable{resource="${resource}"})`;
}

export const cluster = () =>
  dashboard({
    ...header('Compute resources / cluster'),
    uid: uids.cluster,
    rows: [
      [
        stat('CPU in use', [['cluster:node_cpu:ratio']], share),
        stat('CPU requested', [[committed('requests', 'cpu')]], share),
        stat('CPU limits', [[committed('limits', 'cpu')]], { unit: 'percentunit', decimals: 0 }),
        stat(
          'Memory in use',
          [[`1 - sum(:node_memory_MemAvailable_bytes:sum) / sum(node_memory_MemTotal_bytes{job="node-exporter"})`]],
          share,
        ),
        stat('Memory requested', [[committed('requests', 'memory')]], share),
        stat('Memory limits', [[committed('limits', 'memory')]], { unit: 'percentunit', decimals: 0 }),
      ],
      ...clusterRows(),
    ],
  });

function clusterRows() {
  const scope = {
    matchers: 'namespace!=""',
    by: 'namespace',
    title: 'Namespace',
    link: dashboardUrl(uids.namespace, { namespace: cell }),
    limits: (resource: 'cpu' | 'memory'): [string, string][] => [
      [`sum(kube_node_status_allocatable{resource="${resource}"})`, 'capacity'],
    ],
  };
  return [...computeRows(scope), networkRow(scope), diskRow(scope)];
}

/** What a namespace's quota allows. */
const quotas = (resource: 'cpu' | 'memory'): [string, string][] =>
  ['requests', 'limits'].map((kind) => [
    `max(kube_resourcequota{${inNamespace},resource="${kind}.${resource}",type="hard"})`,
    `quota: ${kind}`,
  ]);

export const namespacePods = () => {
  const scope = { matchers: inNamespace, by: 'pod', title: 'Pod', link: podLink(cell), limits: quotas };
  return dashboard({
    ...header('Compute resources / namespace, by pod'),
    uid: uids.namespace,
    variables: [namespaceVariable()],
    rows: [...computeRows(scope), networkRow(scope), diskRow(scope)],
  });
};

export const namespaceWorkloads = () => {
  const scope = {
    matchers: inNamespace,
    by: 'workload',
    title: 'Workload',
    join: ofWorkload(`${inNamespace},workload_type=~"$type"`),
    link: dashboardUrl(uids.workload, { namespace: '$namespace', workload: cell }),
    limits: quotas,
  };
  return dashboard({
    ...header('Compute resources / namespace, by workload'),
    uid: uids.workloads,
    variables: [namespaceVariable(), typeVariable()],
    rows: [...computeRows(scope), networkRow(scope)],
  });
};

/** Deployments, stateful sets, daemon sets. */
export const typeVariable = () =>
  variable('type', `label_values(namespace_workload_pod:kube_pod_owner:relabel{${inNamespace}}, workload_type)`, {
    label: 'Kind',
    all: true,
  });

export const workloadVariable = () =>
  variable(
    'workload',
    `label_values(namespace_workload_pod:kube_pod_owner:relabel{${inNamespace},workload_type=~"$type"}, workload)`,
    { label: 'Workload' },
  );

export const podVariable = () => variable('pod', `label_values(kube_pod_info{${inNamespace}}, pod)`, { label: 'Pod' });

export const workload = () => {
  const scope = {
    matchers: inNamespace,
    by: 'pod',
    title: 'Pod',
    join: ofWorkload(`${inNamespace},workload="$workload",workload_type=~"$type"`),
    link: podLink(cell),
  };
  return dashboard({
    ...header('Compute resources / workload'),
    uid: uids.workload,
    variables: [namespaceVariable(), typeVariable(), workloadVariable()],
    rows: [...computeRows(scope), networkRow(scope)],
  });
};

export const nodePods = () => {
  const scope = {
    matchers: 'node="$node"',
    by: 'pod',
    title: 'Pod',
    limits: (resource: 'cpu' | 'memory'): [string, string][] => [
      [`max(kube_node_status_allocatable{node="$node",resource="${resource}"})`, 'capacity'],
    ],
  };
  return dashboard({
    ...header('Compute resources / node, by pod'),
    uid: uids.node,
    variables: [variable('node', 'label_values(kube_node_info, node)', { label: 'Node' })],
    rows: computeRows(scope),
  });
};

export const pod = () => {
  const matchers = `${inNamespace},pod="$pod"`;
  const scope = {
    matchers,
    by: 'container',
    title: 'Container',
    limits: (resource: 'cpu' | 'memory'): [string, string][] =>
      ['requests', 'limits'].map((kind) => [
        `sum(cluster:namespace:pod_${resource}:active:kube_pod_container_resource_${kind}{${matchers}})`,
        kind,
      ]),
  };
  const throttled = (what: string) =>
    `sum by (container) (increase(container_cpu_cfs_${what}_total{${cadvisor},${matchers},container!=""}[$__rate_interval]))`;
  return dashboard({
    ...header('Compute resources / pod'),
    uid: uids.pod,
    variables: [namespaceVariable(), podVariable()],
    rows: [
      [
        stat('Phase', [[`max by (phase) (kube_pod_status_phase{${matchers}} == 1)`, '{{phase}}']], {
          nameOnly: true,
          width: 6,
        }),
        stat('Containers ready', [[`sum(kube_pod_container_status_ready{${matchers}})`]], { width: 6 }),
        stat('Restarts', [[`sum(kube_pod_container_status_restarts_total{${matchers}})`]], {
          width: 6,
          thresholds: [
            [1, 'yellow'],
            [5, 'red'],
          ],
        }),
        stat('Age', [[`time() - max(kube_pod_created{${matchers}})`]], { unit: 's', width: 6 }),
      ],
      ...computeRows(scope),
      row('Slowed down', [
        timeSeries(
          'Time slices cut short by the CPU limit',
          [[`${throttled('throttled_periods')} / ${throttled('periods')}`, '{{container}}']],
          { unit: 'percentunit', min: 0, max: 1, thresholds: [[0.25, 'red']], width: 24 },
        ),
      ]),
      networkRow({ ...scope, by: 'pod' }),
      diskRow(scope),
    ],
  });
};
