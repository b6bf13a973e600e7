import { ApiError, type ApiObject } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import { hasNetwork, networkAnnotation, networkFiles, noNetwork } from './cni.ts';
import type { Instance } from './instance.ts';
import { capacityOf } from './instance-types.ts';
import { kubeletFlags } from './kubeadm.ts';
import { kubeletLabel } from './node.ts';

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
  const now = new Date().toISOString();
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels,
      annotations: {
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        ...(hasNetwork(instance) ? { [networkAnnotation]: networkFiles(instance).join() } : {}),
      },
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
        ...pressures.map((type) => ({ type, status: 'False', reason: 'KubeletHasSufficientResources', ...times })),
        // One that has just started says so until it has looked, of a machine with a network as well.
        { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: noNetwork, ...times },
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
 * What a kubelet does once after each of its starts: registers the machine's Node, or takes the one of that name for its
 * own, whichever machine it was registered with. Tried until the API takes it.
 * @throws the signal's reason once it is aborted, and what the API says of a Node that is not valid.
 */
export async function registerNode(instance: Instance, signal: AbortSignal): Promise<void> {
  const { client } = instance.surroundings;
  await untilTaken(signal, async () => {
    const node = nodeObject(instance);
    const kubelet = `kubelet ${node.status.nodeInfo.kubeletVersion}`;
    try {
      await client.create('/api/v1/nodes', node);
      instance.log(`node registered, ${kubelet}`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
      const { providerID } = (await takeNode(instance, node)).spec;
      const whose = providerID === instance.providerId ? 'its own node' : `the node of ${providerID}`;
      instance.log(`found ${whose}, ${kubelet}`);
    }
  });
}

/** Labels that a kubelet sets right on a Node that is there; all others are only registered with. */
const defaultLabels = [
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  // Not a kubelet's: which one it is.
  kubeletLabel,
];

/**
 * The rest of an existing Node's labels stays, and all of its spec: provider id, taints, whether pods may be scheduled. One
 * change, so that nothing sees the status of one machine with the network of another.
 */
function takeNode({ surroundings }: Instance, { metadata, status }: ApiObject): Promise<ApiObject> {
  const labels = Object.fromEntries(defaultLabels.map((label) => [label, metadata.labels?.[label]]));
  const annotations = { [networkAnnotation]: null, ...metadata.annotations };
  return surroundings.client.patch(`/api/v1/nodes/${metadata.name}/status`, {
    metadata: { labels, annotations },
    status,
  });
}

/** Tries again until the API takes it, or the signal is aborted. */
export async function untilTaken<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError && error.status === 422) throw error;
      await pause(250);
    }
  }
}
