import type { ClusterView } from '../cluster.ts';
import type { ApiObject } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';
import type { Surroundings } from '../machines/instance.ts';
import { unstarted } from '../machines/node.ts';
import { waitingAnnotation } from './stages.ts';

/** Reason a pod has to wait with, by faults and by the state of the whole cluster; undefined: none. */
export function waitingReason(
  pod: ApiObject,
  surroundings: Pick<Surroundings, 'faults'>,
  apiVersions: string[],
): string | undefined {
  const { namespace = '', name } = pod.metadata;
  const fault = surroundings.faults.waitingReason({ namespace, name, node: pod.spec?.nodeName });
  if (fault) return fault;
  // The ECK operator sees the CRDs of one API version on one API server and of another on the next.
  const minors = new Set(apiVersions.map((version) => version.split('.').slice(0, 2).join('.')));
  if (name === 'elastic-operator-0' && minors.size > 1) return 'CrashLoopBackOff';
  return undefined;
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

  const settle = async (namespace: string, name: string): Promise<void> => {
    const key = `${namespace}/${name}`;
    if (busy.has(key)) return;
    const pod = view.pods.get(namespace, name);
    if (!pod || pod.metadata.deletionTimestamp || pod.metadata.annotations?.['kubernetes.io/config.mirror']) return;
    const wanted = waitingReason(pod, surroundings, versions());
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
  // Versions of API servers change without a pod of interest changing.
  void (async () => {
    let last = '';
    for (;;) {
      const now = versions().sort().join();
      if (now !== last) settleAll();
      last = now;
      await pause(500);
    }
  })();
  return (namespace, name) => void settle(namespace, name);
}
