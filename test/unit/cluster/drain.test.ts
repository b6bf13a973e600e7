import { ApiException, type V1Pod, type V1Toleration } from '@kubernetes/client-node';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';
import { drain, toleratesCordon } from '../../../automation/live/kubernetes/drain.ts';
import { UserError } from '../../../errors/index.ts';

/** A node with pods, some of which a PodDisruptionBudget holds for so many tries. */
let pods: V1Pod[];
let held: Record<string, number>;
let evicted: string[];
let deleted: string[];
let cordoned: boolean;

const refused = JSON.stringify({ message: "Cannot evict pod as it would violate the pod's disruption budget." });
const cluster = {
  core: {
    readNode: async () => ({ spec: { unschedulable: cordoned || undefined } }),
    patchNode: async () => {
      cordoned = true;
    },
    listPodForAllNamespaces: async () => ({ items: pods }),
    createNamespacedPodEviction: async ({ name }: { name: string }) => {
      if ((held[name] ?? 0) > 0) {
        held[name]!--;
        throw new ApiException(429, 'too many requests', refused, {});
      }
      evicted.push(name);
      pods = pods.filter((pod) => pod.metadata?.name !== name);
    },
    deleteNamespacedPod: async ({ name }: { name: string }) => {
      deleted.push(name);
      pods = pods.filter((pod) => pod.metadata?.name !== name);
    },
  },
} as unknown as Cluster;

function pod(name: string, ownerKind = 'ReplicaSet', phase = 'Running', annotations = {}): V1Pod {
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: ownerKind, name: 'owner', uid: '1' }];
  return { metadata: { name, namespace: 'shop', ownerReferences, annotations }, status: { phase } };
}

beforeEach(() => {
  pods = [];
  held = {};
  evicted = [];
  deleted = [];
  cordoned = false;
});

describe('draining a node', () => {
  it('cordons it and evicts its pods, but those of DaemonSets and static pods', async () => {
    pods = [
      pod('cart'),
      pod('agent', 'DaemonSet'),
      pod('etcd-a', 'Node', 'Running', { 'kubernetes.io/config.mirror': 'x' }),
    ];
    await drain(cluster, 'a', { timeoutSeconds: 5 });
    expect(cordoned).toBe(true);
    expect(evicted).toEqual(['cart']);
    expect(pods.map((left) => left.metadata?.name)).toEqual(['agent', 'etcd-a']);
  });

  it('tries again while a PodDisruptionBudget forbids an eviction, and says so', async () => {
    pods = [pod('checkout')];
    held = { checkout: 1 };
    const waits: string[] = [];
    await drain(cluster, 'a', { timeoutSeconds: 5, onWait: (seen) => waits.push(...seen.map((w) => w.reason)) });
    expect(evicted).toEqual(['checkout']);
    expect(waits[0]).toContain('held by a PodDisruptionBudget');
  });

  it('gives up after its time without forcing anything, naming the pods', async () => {
    pods = [pod('checkout')];
    held = { checkout: 99 };
    const failure = await drain(cluster, 'a', { timeoutSeconds: 0.6 }).catch((error) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain('Pod shop/checkout (held by a PodDisruptionBudget');
    expect(failure.state).toContain('nothing was forced');
    expect(pods).toHaveLength(1);
  });

  it('removes pods that have ended: no budget counts them', async () => {
    pods = [pod('rejected', 'ReplicaSet', 'Failed')];
    await drain(cluster, 'a', { timeoutSeconds: 5 });
    expect(deleted).toEqual(['rejected']);
  });
});

describe('a pod on a cordoned node', () => {
  const tolerating = (...tolerations: V1Toleration[]): V1Pod => ({ spec: { containers: [], tolerations } });

  it('may have come back if it tolerates everything, or just that', () => {
    expect(toleratesCordon(tolerating({ operator: 'Exists' }))).toBe(true);
    expect(toleratesCordon(tolerating({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }))).toBe(true);
    expect(toleratesCordon(tolerating({ key: 'kubezero-workergroup', operator: 'Exists' }))).toBe(false);
    expect(toleratesCordon(tolerating({ operator: 'Exists', effect: 'NoExecute' }))).toBe(false);
    expect(toleratesCordon({})).toBe(false);
  });
});
