import type { ClusterView } from '../cluster.ts';
import type { Surroundings } from '../machines/instance.ts';

const annotation = 'sandbox.kubezero.dev/nudged';
/** Seconds after which a pod that its kubelet should have acted on by now is shown to it again. */
const patience = 4;

/**
 * A kubelet looks at all its pods again and again. kwok acts on events alone, and one that comes while it loses its API
 * server is lost: pods it has not acted on are touched, which makes a new event.
 */
export function nudgePods({ client }: Surroundings, { pods, nodes }: ClusterView): NodeJS.Timeout {
  const seenAt = new Map<string, number>();
  let busy = false;
  const round = async () => {
    const now = Date.now();
    const left = new Set<string>();
    for (const { metadata, spec, status } of pods.values()) {
      const key = `${metadata.uid}`;
      const untouched = status?.phase === 'Pending' && !status.startTime && !metadata.deletionTimestamp;
      const undeleted = metadata.deletionTimestamp !== undefined;
      if (!spec?.nodeName || metadata.annotations?.['kubernetes.io/config.mirror'] || !(untouched || undeleted))
        continue;
      if (!nodes.get('', spec.nodeName)) continue;
      left.add(key);
      if (now - (seenAt.get(key) ?? now) > patience * 1000) {
        await client.patch(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`, {
          metadata: { annotations: { [annotation]: new Date(now).toISOString() } },
        });
        seenAt.set(key, now);
      } else if (!seenAt.has(key)) seenAt.set(key, now);
    }
    for (const key of seenAt.keys()) if (!left.has(key)) seenAt.delete(key);
  };
  return setInterval(() => {
    if (busy) return;
    busy = true;
    round()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, 1_000);
}
