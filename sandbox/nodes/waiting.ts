import type { ApiObject } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { pause } from '../kubernetes/collection.ts';
import { hasNetwork, machineOfNode } from '../machines/cni.ts';
import type { Surroundings } from '../machines/instance.ts';
import { unstarted } from '../machines/node.ts';
import { kindOfPod } from './daemon-pods.ts';
import { waitingAnnotation } from './stages.ts';

/**
 * Reason a pod has to wait with, by faults and by the state of its machine and of the whole cluster; undefined: none.
 * @param network whether the pod's machine has one
 */
export function waitingReason(
  pod: ApiObject,
  surroundings: Pick<Surroundings, 'faults'>,
  apiVersions: string[],
  network = true,
): string | undefined {
  const { namespace = '', name } = pod.metadata;
  const fault = surroundings.faults.waitingReason({ namespace, name, node: pod.spec?.nodeName });
  if (fault) return fault;
  // The ECK operator sees the CRDs of one API version on one API server and of another on the next.
  const minors = new Set(apiVersions.map((version) => version.split('.').slice(0, 2).join('.')));
  if (name === 'elastic-operator-0' && minors.size > 1) return 'CrashLoopBackOff';
  // Only pods of the host's network start without the network that a plugin brings; the others, once it is there.
  return network || pod.spec?.hostNetwork || hasStarted(pod) || kindOfPod(pod) ? undefined : 'ContainerCreating';
}

/** Whether its containers have run; a pod that waits has an address here, too. */
function hasStarted({ metadata, status }: ApiObject): boolean {
  if (metadata.annotations?.[waitingAnnotation] === 'ContainerCreating') return false;
  return status?.phase !== 'Pending' || Boolean(status?.podIP);
}

/**
 * Marks the pods that have to wait, and unmarks them; kwok does the rest. Pods that recover start anew.
 * @returns what to call when a pod changes.
 */
export function actOutWaiting(
  surroundings: Surroundings,
  view: ClusterView,
): (namespace: string, name: string) => void {
  const { client, faults, instances, log } = surroundings;
  const busy = new Set<string>();
  const versions = () => [...instances.values()].flatMap(({ kubelet }) => kubelet?.version('kube-apiserver') ?? []);
  const networkOf = ({ spec }: ApiObject) => {
    const instance = machineOfNode(surroundings, view.nodes.get(undefined, spec?.nodeName ?? ''));
    return !instance || hasNetwork(instance);
  };

  const settle = async (namespace: string, name: string): Promise<void> => {
    const key = `${namespace}/${name}`;
    if (busy.has(key)) return;
    const pod = view.pods.get(namespace, name);
    if (!pod || pod.metadata.deletionTimestamp || pod.metadata.annotations?.['kubernetes.io/config.mirror']) return;
    const wanted = waitingReason(pod, surroundings, versions(), networkOf(pod));
    const marked = pod.metadata.annotations?.[waitingAnnotation];
    if (wanted === marked) return;
    busy.add(key);
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    try {
      await client.patch(path, { metadata: { annotations: { [waitingAnnotation]: wanted ?? null } } });
      if (marked) await client.patch(`${path}/status`, unstarted);
      log(`pod ${key}: ${wanted ?? `${marked} is over`}`);
    } catch {
      // Gone meanwhile, or the API is away: tried again until it is as it should be.
      setTimeout(() => void settle(namespace, name), 500);
    } finally {
      busy.delete(key);
    }
  };
  const settleAll = () => view.pods.values().map(({ metadata }) => settle(metadata.namespace ?? '', metadata.name));
  faults.onChange(settleAll);
  // Versions of API servers and networks of machines change without a pod of interest changing.
  void (async () => {
    let last = '';
    for (;;) {
      const networked = [...instances.values()].filter(hasNetwork).map(({ machine }) => machine.instanceId);
      const now = [...versions(), ...networked].sort().join();
      if (now !== last) settleAll();
      last = now;
      await pause(500);
    }
  })();
  return (namespace, name) => void settle(namespace, name);
}
