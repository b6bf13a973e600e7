import { ApiError, type ApiObject, type KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import { noNetwork } from './cni.ts';
import type { Instance } from './instance.ts';
import { capacityOf } from './instance-types.ts';
import { kubeletFlags } from './kubeadm.ts';

/** Which kwok looks after a node and its pods: the one that behaves like a kubelet of that version. */
export const kubeletLabel = 'sandbox.kubezero.dev/kubelet';

/** Why pods of a machine that is gone aren't ready. */
export const nodeLostReason = 'NodeLost';

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The Node object that the machine's kubelet would register, by the flags that kubeadm wrote down for it. */
function nodeObject(instance: Instance): ApiObject {
  const { machine, config, nodeName } = instance;
  if (!config) throw new Error('no node configuration');
  const flags = kubeletFlags(instance.root);
  const labels = {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': 'amd64',
    ...parseLabels(flags['node-labels']),
    [kubeletLabel]: instance.kubeletMinor,
  };
  const taints = parseTaints(flags['register-with-taints']);
  const unique = [...new Map(taints.map((taint) => [`${taint.key}:${taint.effect}`, taint])).values()];
  const { capacity, allocatable } = capacityOf(machine.instanceType);
  const version = `v${config.kubernetesVersion}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels,
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { providerID: flags['provider-id'] ?? instance.providerId, taints: unique },
    status: {
      capacity,
      allocatable,
      addresses: [
        { type: 'InternalIP', address: machine.privateIp },
        { type: 'Hostname', address: nodeName },
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: config.os,
        kernelVersion: config.os.startsWith('Alpine') ? '5.15.32-0-virt' : '5.11.0-1028-aws',
        containerRuntimeVersion: `cri-o://${instance.kubeletMinor}.1`,
        kubeletVersion: version,
        kubeProxyVersion: version,
        machineID: machine.instanceId,
        systemUUID: machine.instanceId,
        bootID: machine.instanceId,
      },
      conditions: [
        ...pressures.map((type) => ({ type, status: 'False', reason: 'KubeletHasSufficientResources' })),
        { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: noNetwork },
      ],
    },
  };
}

function parseLabels(text = ''): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => {
        const [key = '', value = ''] = pair.split('=');
        return [key, value];
      }),
  );
}

/** `key=value:effect` or `key:effect`, comma-separated. */
function parseTaints(text = ''): { key: string; value?: string; effect: string }[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((taint) => {
      const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(.+)$/.exec(taint) ?? [];
      return { key, ...(value ? { value } : {}), effect };
    });
}

/**
 * Registers the machine's Node, as its kubelet does: until the API takes it. A Node of that name which another machine was
 * registered with is no kubelet's to delete: it waits until somebody has. Pods bound to the Node start again.
 */
export async function registerNode(instance: Instance): Promise<ApiObject> {
  const { client } = instance.surroundings;
  const node = nodeObject(instance);
  const path = `/api/v1/nodes/${node.metadata.name}`;
  const registered = await untilTaken<ApiObject>(instance, async () => {
    const present = await client.find(path);
    if (!present) return client.create('/api/v1/nodes', node);
    if (present.spec?.providerID !== node.spec.providerID) throw new Error(`${path} is another machine's`);
    return present;
  });
  await untilTaken(instance, () => restartPods(client, node.metadata.name));
  instance.log(`node registered, kubelet ${node.status.nodeInfo.kubeletVersion}`);
  return registered;
}

/** Tries again until the API takes it, or the machine is powered off. */
async function untilTaken<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  for (;;) {
    instance.power.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError && error.status === 422) throw error;
      await pause(250);
    }
  }
}

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

async function restartPods(client: KubeClient, nodeName: string): Promise<void> {
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
 */
export async function nodeLost(client: KubeClient, nodeName: string, providerId: string): Promise<void> {
  const path = `/api/v1/nodes/${nodeName}`;
  const node = await client.find(path);
  if (!node || node.spec?.providerID !== providerId) return;
  await client.patch(path, { metadata: { labels: { [kubeletLabel]: null } } });
  const now = new Date().toISOString();
  const conditions = ((node.status?.conditions ?? []) as { type: string; status: string }[]).map((condition) => ({
    ...condition,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }));
  await client.patch(`${path}/status`, { status: { conditions } });
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
