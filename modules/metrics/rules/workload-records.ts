import { type RuleGroup, record } from '../../rules.ts';
import { cadvisor, kubelet, nodeExporter, stateMetrics } from './jobs.ts';

const nodeOfPod = 'topk by (namespace, pod) (1, max by (namespace, pod, node) (kube_pod_info{node!=""}))';
const living = '(kube_pod_status_phase{phase=~"Pending|Running"} == 1)';

/** Memory of containers, with their node. */
const memory = ['working_set_bytes', 'rss', 'cache', 'swap'].map((what) =>
  record(
    `node_namespace_pod_container:container_memory_${what}`,
    `container_memory_${what}{${cadvisor},image!=""}
* on (namespace, pod) group_left (node) ${nodeOfPod}`,
  ),
);

/** Requests or limits of pods that run or are about to: by container, and summed up by namespace. */
function reserved(kind: 'requests' | 'limits', resource: 'memory' | 'cpu') {
  const given = `kube_pod_container_resource_${kind}{resource="${resource}",${stateMetrics}}`;
  return [
    record(
      `cluster:namespace:pod_${resource}:active:kube_pod_container_resource_${kind}`,
      `${given}
* on (namespace, pod, cluster) group_left () max by (namespace, pod) (${living})`,
    ),
    record(
      `namespace_${resource}:kube_pod_container_resource_${kind}:sum`,
      `sum by (namespace, cluster) (
  sum by (namespace, pod, cluster) (
    max by (namespace, pod, container, cluster) (${given})
    * on (namespace, pod, cluster) group_left () max by (namespace, pod, cluster) ${living}
  )
)`,
    ),
  ];
}

/** The workload that a pod belongs to. A deployment's pods belong to its replica set, whose owner has to be looked up. */
function workloadOf(kind: string) {
  const owner = `kube_pod_owner{${stateMetrics},owner_kind="${kind}"}`;
  const owned =
    kind === 'ReplicaSet'
      ? `label_replace(${owner}, "replicaset", "$1", "owner_name", "(.*)")
      * on (replicaset, namespace) group_left (owner_name)
      topk by (replicaset, namespace) (1, max by (replicaset, namespace, owner_name) (kube_replicaset_owner{${stateMetrics}}))`
      : owner;
  return record(
    'namespace_workload_pod:kube_pod_owner:relabel',
    `max by (cluster, namespace, workload, pod) (
  label_replace(
    ${owned},
    "workload", "$1", "owner_name", "(.*)"
  )
)`,
    { workload_type: kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase() },
  );
}

const schedulerLatencies = ['e2e_scheduling', 'scheduling_algorithm', 'binding'];
const quantiles = ['0.99', '0.9', '0.5'];

/** Series of pods, nodes, kubelets and the scheduler that dashboards and the metrics API read. */
export const workloadRecords: RuleGroup[] = [
  {
    name: 'k8s.rules',
    rules: [
      record(
        'node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate',
        `sum by (cluster, namespace, pod, container) (irate(container_cpu_usage_seconds_total{${cadvisor},image!=""}[5m]))
* on (cluster, namespace, pod) group_left (node)
topk by (cluster, namespace, pod) (1, max by (cluster, namespace, pod, node) (kube_pod_info{node!=""}))`,
      ),
      ...memory,
      ...reserved('requests', 'memory'),
      ...reserved('requests', 'cpu'),
      ...reserved('limits', 'memory'),
      ...reserved('limits', 'cpu'),
      ...['ReplicaSet', 'DaemonSet', 'StatefulSet'].map(workloadOf),
    ],
  },
  {
    name: 'kube-scheduler.rules',
    rules: quantiles.flatMap((quantile) =>
      schedulerLatencies.map((what) =>
        record(
          `cluster_quantile:scheduler_${what}_duration_seconds:histogram_quantile`,
          `histogram_quantile(${quantile},
  sum without (instance, pod) (rate(scheduler_${what}_duration_seconds_bucket{job="kube-scheduler"}[5m]))
)`,
          { quantile },
        ),
      ),
    ),
  },
  {
    name: 'node.rules',
    rules: [
      record(
        'node_namespace_pod:kube_pod_info:',
        `topk by (namespace, pod) (1, max by (node, namespace, pod) (
  label_replace(kube_pod_info{${stateMetrics},node!=""}, "pod", "$1", "pod", "(.*)")
))`,
      ),
      record(
        'node:node_num_cpu:sum',
        `count by (cluster, node) (sum by (node, cpu) (
  node_cpu_seconds_total{${nodeExporter}}
  * on (namespace, pod) group_left (node) topk by (namespace, pod) (1, node_namespace_pod:kube_pod_info:)
))`,
      ),
      record(
        ':node_memory_MemAvailable_bytes:sum',
        `sum by (cluster) (
  node_memory_MemAvailable_bytes{${nodeExporter}} or (
    node_memory_Buffers_bytes{${nodeExporter}}
    + node_memory_Cached_bytes{${nodeExporter}}
    + node_memory_MemFree_bytes{${nodeExporter}}
    + node_memory_Slab_bytes{${nodeExporter}}
  )
)`,
      ),
    ],
  },
  {
    name: 'kubelet.rules',
    rules: quantiles.map((quantile) =>
      record(
        'node_quantile:kubelet_pleg_relist_duration_seconds:histogram_quantile',
        `histogram_quantile(${quantile},
  sum by (instance, le) (rate(kubelet_pleg_relist_duration_seconds_bucket[5m]))
  * on (instance) group_left (node) kubelet_node_name{${kubelet}}
)`,
        { quantile },
      ),
    ),
  },
];
