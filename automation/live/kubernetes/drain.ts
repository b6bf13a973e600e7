import { setTimeout } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../../errors/index.ts';
import { type Cluster, reasonOf, statusOf } from './client.ts';
import { podWait, type Wait } from './health.ts';

/** Marks a node unschedulable; a node that is already is left as it is. */
export async function cordon(cluster: Cluster, node: string, unschedulable = true): Promise<void> {
  const { spec } = await cluster.core.readNode({ name: node });
  if (Boolean(spec?.unschedulable) === unschedulable) return;
  await cluster.core.patchNode({
    name: node,
    body: [
      { op: unschedulable ? 'add' : 'remove', path: '/spec/unschedulable', ...(unschedulable && { value: true }) },
    ],
  });
}

/** Pods that a drain has to move away: all but those of DaemonSets and static pods. */
export async function drainablePods(cluster: Cluster, node: string): Promise<V1Pod[]> {
  const { items } = await cluster.core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
  return items.filter(
    (pod) =>
      !pod.metadata?.annotations?.['kubernetes.io/config.mirror'] &&
      !pod.metadata?.ownerReferences?.some((owner) => owner.kind === 'DaemonSet'),
  );
}

/**
 * Whether the scheduler may put a pod onto a cordoned node, as it does with one that tolerates everything (Cilium's
 * operator): evicted from one old node it may start on another one that is drained already.
 */
export function toleratesCordon({ spec }: V1Pod): boolean {
  return (spec?.tolerations ?? []).some(
    ({ key, operator, effect }) =>
      (!effect || effect === 'NoSchedule') &&
      (key ? key === 'node.kubernetes.io/unschedulable' : operator === 'Exists'),
  );
}

export interface DrainOptions {
  /** Seconds until a drain that makes no end is given up; the node stays cordoned. */
  timeoutSeconds: number;
  /** Told on every round what still keeps the node from being empty. */
  onWait?: (waits: Wait[]) => void;
  signal?: AbortSignal;
}

/**
 * Cordons a node and evicts its pods through the eviction API, so that PodDisruptionBudgets are kept: an eviction
 * that a budget forbids now is tried again, never forced. Pods of DaemonSets and static pods stay.
 * @throws UserError naming the pods and what holds them, when the time is up.
 */
export async function drain(cluster: Cluster, node: string, options: DrainOptions): Promise<void> {
  await cordon(cluster, node);
  const deadline = Date.now() + options.timeoutSeconds * 1000;
  for (;;) {
    options.signal?.throwIfAborted();
    const pods = await drainablePods(cluster, node);
    if (pods.length === 0) return;
    const waits = await Promise.all(pods.map((pod) => evict(cluster, pod)));
    options.onWait?.(waits);
    if (Date.now() > deadline) {
      throw new UserError(
        `node ${node} can't be drained: ${waits.map((w) => `${w.object} (${w.reason})`).join(', ')}`,
        {
          where: `Node ${node}`,
          state: 'the node is cordoned and still running these pods; nothing was forced',
          fix: 'free the pods (scale up the workload, or mend its PodDisruptionBudget), then run the same command again',
          exitCode: exitCode.blocked,
        },
      );
    }
    await setTimeout(500, undefined, { signal: options.signal });
  }
}

async function evict(cluster: Cluster, pod: V1Pod): Promise<Wait> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  if (pod.metadata?.deletionTimestamp) return podWait(pod, 'Terminating');
  const finished = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
  try {
    // A finished pod protects nothing: budgets don't count it, so it is simply removed.
    if (finished) await cluster.core.deleteNamespacedPod({ name, namespace });
    else await cluster.core.createNamespacedPodEviction({ name, namespace, body: { metadata: { name, namespace } } });
    return podWait(pod, 'evicted, Terminating');
  } catch (error) {
    if (statusOf(error) === 404) return podWait(pod, 'gone');
    if (statusOf(error) === 429) return podWait(pod, `held by a PodDisruptionBudget: ${reasonOf(error)}`);
    return podWait(pod, reasonOf(error));
  }
}
