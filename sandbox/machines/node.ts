import { ApiError, type ApiObject, type KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';

/** Which kwok looks after a node and its pods: the one that behaves like a kubelet of that version. */
export const kubeletLabel = 'sandbox.kubezero.dev/kubelet';

/** Why pods of a machine that is gone aren't ready. */
export const nodeLostReason = 'NodeLost';

/** Does it for each pod, again where the API can't answer now; a pod that is gone is done with. */
async function forEachPod(pods: ApiObject[], work: (pod: ApiObject) => Promise<unknown> | undefined): Promise<void> {
  await Promise.all(
    pods.map(async (pod) => {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        try {
          await work(pod);
          return;
        } catch (error) {
          if (error instanceof ApiError && error.status < 500 && error.status !== 429) return;
          await pause(500);
        }
      }
    }),
  );
}

async function podsOn(client: KubeClient, nodeName: string): Promise<ApiObject[]> {
  const list = await client.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${nodeName}`);
  return list.items;
}

const podPath = ({ metadata }: ApiObject) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;

/** Status of a pod that its kubelet hasn't started (again) yet. */
export const unstarted = {
  status: {
    phase: 'Pending',
    podIP: null,
    podIPs: null,
    containerStatuses: null,
    initContainerStatuses: null,
    conditions: null,
    reason: null,
    message: null,
  },
};

/** A kubelet that starts on a machine on which nothing runs starts all pods that are bound to it and haven't ended. */
export async function restartPods(client: KubeClient, nodeName: string): Promise<void> {
  await forEachPod(await podsOn(client, nodeName), (pod) => {
    if (pod.metadata.annotations?.['kubernetes.io/config.mirror'])
      return client.delete(podPath(pod), { gracePeriodSeconds: 0 });
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return undefined;
    return client.patch(`${podPath(pod)}/status`, unstarted);
  });
}

/**
 * A machine is gone without a word. What the node lifecycle controller does when the lease has run out (40 s) is done
 * at once: the Node is Unknown, its pods aren't ready; and kwok, which keeps leases, lets go of it.
 * @throws ApiError 409 where a kubelet takes the Node at the same moment: to be tried again.
 */
export async function nodeLost(client: KubeClient, nodeName: string, instanceId: string): Promise<void> {
  const path = `/api/v1/nodes/${nodeName}`;
  const node = await client.find(path);
  // Its own kubelet's no more: another machine's has taken it.
  if (node?.status?.nodeInfo?.machineID !== instanceId) return;
  const now = new Date().toISOString();
  const conditions = ((node.status.conditions ?? []) as { type: string; status: string }[]).map((condition) => ({
    ...condition,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }));
  const { resourceVersion } = node.metadata;
  await client.patch(`${path}/status`, {
    metadata: { resourceVersion, labels: { [kubeletLabel]: null } },
    status: { conditions },
  });
  const status = { conditions: [{ type: 'Ready', status: 'False', reason: nodeLostReason, lastTransitionTime: now }] };
  await forEachPod(await podsOn(client, nodeName), (pod) =>
    client.patch(`${podPath(pod)}/status`, { status }, 'strategic-merge-patch'),
  );
}

/** Deletes a Node whose machine is gone, and its pods, as the node lifecycle and pod garbage controllers do. */
export async function deleteNode(client: KubeClient, { name, uid }: ApiObject['metadata']): Promise<void> {
  const pods = await podsOn(client, name);
  try {
    // Another machine may have registered under this name meanwhile; its Node stays.
    await client.delete(`/api/v1/nodes/${name}`, { preconditions: { uid } });
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return;
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  await forEachPod(pods, (pod) => client.delete(podPath(pod), { gracePeriodSeconds: 0 }));
}
