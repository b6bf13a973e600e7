import type { ApiObject, KubeClient } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { isReady } from '../kubernetes/readiness.ts';
import { networkAnnotation } from '../machines/cni.ts';
import { kubeletLabel } from '../machines/node.ts';
import { kindOfPod } from './daemon-pods.ts';
import { waitingAnnotation } from './stages.ts';

/** Changed on an object that kwok should look at again. */
const nudgedAnnotation = 'sandbox.kubezero.dev/nudged';
/** Longer than any stage takes (stages.ts). */
const patienceMilliseconds = 5_000;

/** What kwok still has to do with a pod; undefined: nothing. */
export function unfinished(pod: ApiObject): 'delete' | 'start' | undefined {
  const { metadata, spec, status } = pod;
  if (!spec?.nodeName || metadata.annotations?.['kubernetes.io/config.mirror'] || kindOfPod(pod)) return undefined;
  if (metadata.deletionTimestamp) return 'delete';
  if (status?.phase !== 'Pending' || status?.podIP || metadata.annotations?.[waitingAnnotation]) return undefined;
  return 'start';
}

/** Whether a node isn't what its network says. */
function isBehind(node: ApiObject): boolean {
  const { labels, annotations } = node.metadata;
  return Boolean(labels?.[kubeletLabel]) && isReady(node) !== Boolean(annotations?.[networkAnnotation]);
}

/**
 * kwok tries a failed call again only minutes later, and while a controller is replaced calls do fail. A kubelet wouldn't
 * wait: whatever has stood still for some seconds is changed a little, which makes kwok look at it again.
 */
export function nudge(client: KubeClient, { pods, nodes }: ClusterView): NodeJS.Timeout {
  const since = new Map<string, number>();
  const round = () => {
    const now = Date.now();
    const still = new Set<string>();
    const look = (object: ApiObject, what: string | undefined, path: string) => {
      if (!what) return;
      const key = `${object.metadata.uid} ${what}`;
      still.add(key);
      const first = since.get(key);
      if (first === undefined) since.set(key, now);
      if (first === undefined || now - first < patienceMilliseconds) return;
      since.set(key, now);
      const annotations = { [nudgedAnnotation]: new Date(now).toISOString() };
      client.patch(path, { metadata: { annotations } }).catch(() => undefined);
    };
    for (const pod of pods.values()) {
      look(pod, unfinished(pod), `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`);
    }
    for (const node of nodes.values()) {
      look(node, isBehind(node) ? 'ready' : undefined, `/api/v1/nodes/${node.metadata.name}`);
    }
    for (const key of since.keys()) if (!still.has(key)) since.delete(key);
  };
  return setInterval(round, 1_000);
}
