import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './client.ts';

/** Something a gate still waits for: which object, and why. */
export interface Wait {
  /** `Kind namespace/name`, e.g. `Pod kube-system/etcd-a`. */
  object: string;
  /** What is wrong with it now, e.g. `CrashLoopBackOff`. */
  reason: string;
  /** The pod in question, where it is one: known issues match on it. */
  pod?: { namespace: string; name: string; node?: string; owner?: string };
}

const controlPlaneLabel = 'node-role.kubernetes.io/control-plane';

export function isController(node: V1Node): boolean {
  return node.metadata?.labels?.[controlPlaneLabel] !== undefined;
}

/** Kubelet version of a node without `v`. */
export function kubeletVersion(node: V1Node): string {
  return (node.status?.nodeInfo?.kubeletVersion ?? '').replace(/^v/, '');
}

export function isReady(node: V1Node): boolean {
  return node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}

export async function listNodes(cluster: Cluster): Promise<V1Node[]> {
  return (await cluster.core.listNode()).items;
}

/** Why a pod isn't healthy, or undefined when it is Running and Ready, or Succeeded. */
export function podReason(pod: V1Pod): string | undefined {
  const status = pod.status ?? {};
  if (pod.metadata?.deletionTimestamp) return 'Terminating';
  if (status.phase === 'Succeeded') return undefined;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.find((c) => c.state?.waiting?.reason)?.state?.waiting?.reason;
  // What a kubelet shows while it starts a pod is PodInitializing or ContainerCreating: the pod's age tells the rest.
  if (waiting) return waiting;
  if (status.phase === 'Failed') return status.reason ?? 'Failed';
  if (status.phase !== 'Running') {
    const unscheduled = status.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
    return unscheduled?.reason
      ? `${unscheduled.reason}: ${unscheduled.message ?? ''}`.trim()
      : (status.phase ?? 'Unknown');
  }
  const ready = status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
  return ready ? undefined : 'NotReady';
}

/** Pods that aren't healthy, of the whole cluster or of one namespace. */
export async function unhealthyPods(cluster: Cluster, namespace?: string): Promise<Wait[]> {
  const pods = namespace
    ? (await cluster.core.listNamespacedPod({ namespace })).items
    : (await cluster.core.listPodForAllNamespaces()).items;
  return pods.flatMap((pod) => {
    const reason = podReason(pod);
    return reason ? [podWait(pod, reason)] : [];
  });
}

/** A wait for a pod, with what known issues are matched on. */
export function podWait(pod: V1Pod, reason: string): Wait {
  const { namespace = '', name = '' } = pod.metadata ?? {};
  const owner = pod.metadata?.ownerReferences?.[0];
  return {
    object: `Pod ${namespace}/${name}`,
    reason,
    pod: { namespace, name, node: pod.spec?.nodeName, owner: owner && `${owner.kind}/${owner.name}` },
  };
}

/** Workloads whose newest generation isn't rolled out yet, of the whole cluster or of some namespaces. */
export async function unfinishedWorkloads(cluster: Cluster, namespaces?: string[]): Promise<Wait[]> {
  const [deployments, statefulSets, daemonSets] = await Promise.all([
    cluster.apps.listDeploymentForAllNamespaces(),
    cluster.apps.listStatefulSetForAllNamespaces(),
    cluster.apps.listDaemonSetForAllNamespaces(),
  ]);
  const waits: Wait[] = [];
  const add = (kind: string, meta: { namespace?: string; name?: string } | undefined, reason: string | undefined) => {
    if (reason && (!namespaces || namespaces.includes(meta?.namespace ?? '')))
      waits.push({ object: `${kind} ${meta?.namespace}/${meta?.name}`, reason });
  };
  for (const { metadata, spec, status } of deployments.items) {
    const wanted = spec?.replicas ?? 1;
    add(
      'Deployment',
      metadata,
      rollout(
        metadata?.generation,
        status?.observedGeneration,
        wanted,
        status?.updatedReplicas,
        status?.availableReplicas,
      ) ??
        ((status?.replicas ?? 0) > wanted
          ? `${(status?.replicas ?? 0) - wanted} old replicas not gone yet`
          : undefined),
    );
  }
  for (const { metadata, spec, status } of statefulSets.items) {
    const updated =
      status?.updateRevision === status?.currentRevision ? status?.readyReplicas : status?.updatedReplicas;
    add(
      'StatefulSet',
      metadata,
      rollout(metadata?.generation, status?.observedGeneration, spec?.replicas ?? 1, updated, status?.readyReplicas),
    );
  }
  for (const { metadata, status } of daemonSets.items) {
    add(
      'DaemonSet',
      metadata,
      rollout(
        metadata?.generation,
        status?.observedGeneration,
        status?.desiredNumberScheduled ?? 0,
        status?.updatedNumberScheduled,
        status?.numberAvailable,
      ),
    );
  }
  return waits;
}

function rollout(
  generation: number | undefined,
  observed: number | undefined,
  wanted: number,
  updated: number | undefined,
  available: number | undefined,
): string | undefined {
  if ((observed ?? 0) < (generation ?? 0)) return 'not seen by its controller yet';
  if ((updated ?? 0) < wanted) return `${updated ?? 0} of ${wanted} replicas updated`;
  if ((available ?? 0) < wanted) return `${available ?? 0} of ${wanted} replicas available`;
  return undefined;
}

/** Nodes that aren't Ready, or not at the expected kubelet version where one is given. */
export function unreadyNodes(nodes: V1Node[], expected?: (node: V1Node) => string | undefined): Wait[] {
  return nodes.flatMap((node) => {
    const object = `Node ${node.metadata?.name}`;
    if (!isReady(node)) return [{ object, reason: 'NotReady' }];
    const wanted = expected?.(node);
    return wanted && kubeletVersion(node) !== wanted
      ? [{ object, reason: `kubelet at ${kubeletVersion(node)}, not ${wanted}` }]
      : [];
  });
}
