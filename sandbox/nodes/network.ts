import type { ApiObject } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { isPodReady } from '../kubernetes/readiness.ts';
import {
  hasNetwork,
  machineOfNode,
  networkAnnotation,
  networkDirectory,
  networkFiles,
  removeNetworkFile,
  writeNetworkFile,
} from '../machines/cni.ts';
import type { Instance, Surroundings } from '../machines/instance.ts';

/** A container that writes a configuration of the pods' network where the machine's runtime looks for it. */
export interface NetworkPlugin {
  /** Name of its file. */
  file: string;
  /** Multus: puts itself in front of another plugin, and has nothing to write until that one's configuration is there. */
  inFront: boolean;
  /** Cilium: takes its configuration away when it is stopped. */
  leaves: boolean;
}

interface Container {
  name: string;
  args?: string[];
  lifecycle?: { preStop?: { exec?: { command?: string[] } } };
  volumeMounts?: { name: string; readOnly?: boolean; subPath?: string; mountPath: string }[];
}

/** Where a container has the directory of network configurations and may write to it, if it has. */
export function networkMounts(pod: ApiObject, { volumeMounts = [] }: Pick<Container, 'volumeMounts'>): string[] {
  const volumes = (pod.spec?.volumes ?? []) as { name: string; hostPath?: { path: string } }[];
  const names = volumes
    .filter(({ hostPath }) => hostPath?.path.replace(/\/+$/, '') === networkDirectory)
    .map(({ name }) => name);
  return volumeMounts
    .filter(({ name, readOnly, subPath }) => names.includes(name) && !readOnly && !subPath)
    .map(({ mountPath }) => mountPath.replace(/\/+$/, ''));
}

/** The network plugins among a pod's containers, as far as their specs tell. */
export function networkPlugins(pod: ApiObject): NetworkPlugin[] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])] as Container[];
  return containers
    .filter((container) => networkMounts(pod, container).length > 0)
    .map(({ name, args, lifecycle }) => {
      const inFront = args?.includes('--multus-conf-file=auto') ?? false;
      const leaves = lifecycle?.preStop?.exec?.command?.includes('/cni-uninstall.sh') ?? false;
      return { file: inFront ? '00-multus.conf' : `10-${name}.conflist`, inFront, leaves };
    });
}

/**
 * Nodes get ready once a network plugin's pod has run on their machine, and not before: until then their kubelets find no
 * configuration. It stays there, over reboots as well, unless the plugin itself takes it away.
 * @returns what to call when a pod changes, and a timer.
 */
export function keepNetwork(
  surroundings: Surroundings,
  { nodes, pods }: ClusterView,
): { onPod: (namespace: string, name: string) => void; timer: NodeJS.Timeout } {
  const { client, log } = surroundings;

  const show = (node: ApiObject, instance: Instance) => {
    const { name, annotations } = node.metadata;
    const there = hasNetwork(instance);
    if (there === Boolean(annotations?.[networkAnnotation])) return;
    const changed = { [networkAnnotation]: there ? networkFiles(instance).join() : null };
    // Tried again every second: the API may be away, while a kubelet has its file.
    client.patch(`/api/v1/nodes/${name}`, { metadata: { annotations: changed } }).catch(() => undefined);
  };
  const run = (pod: ApiObject) => {
    const plugins = networkPlugins(pod);
    if (plugins.length === 0) return;
    const node = nodes.get(undefined, pod.spec.nodeName ?? '');
    const instance = machineOfNode(surroundings, node);
    if (!node || !instance?.kubelet) return;
    const before = networkFiles(instance);
    for (const { file, inFront, leaves } of plugins) {
      if (pod.metadata.deletionTimestamp) {
        if (leaves) removeNetworkFile(instance, file);
      } else if (isPodReady(pod) && !before.includes(file) && (!inFront || before.length > 0)) {
        writeNetworkFile(instance, file);
      }
    }
    const after = networkFiles(instance);
    if (after.join() === before.join()) return;
    log(`node ${instance.nodeName}: ${networkDirectory} has ${after.join(', ') || 'nothing'}`);
    show(node, instance);
  };
  const round = () => {
    for (const pod of pods.values()) run(pod);
    for (const node of nodes.values()) {
      const instance = machineOfNode(surroundings, node);
      if (instance?.kubelet) show(node, instance);
    }
  };
  const onPod = (namespace: string, name: string) => {
    const pod = pods.get(namespace, name);
    if (pod) run(pod);
  };
  return { onPod, timer: setInterval(round, 1_000) };
}
