import { nodeLifecycleSeconds } from '../deviations.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { readyPods } from '../kubernetes/readiness.ts';
import type { Surroundings } from '../machines/instance.ts';
import { deleteNode } from '../machines/node.ts';

/**
 * Deletes the Nodes of machines that are gone: forseti's work, soon, while it is deployed and running; a while later
 * where it isn't, as operators would by hand.
 */
export function keepNodes({ client, instances, log }: Surroundings, { nodes, pods }: ClusterView): NodeJS.Timeout {
  const goneSince = new Map<string, number>();
  let busy = false;
  const round = async () => {
    const alive = new Set(instances.keys());
    for (const { metadata, spec } of nodes.values()) {
      const instanceId =
        String(spec?.providerID ?? '')
          .split('/')
          .at(-1) ?? '';
      const key = `${metadata.name}/${instanceId}`;
      if (!instanceId.startsWith('i-') || alive.has(instanceId)) {
        goneSince.delete(key);
        continue;
      }
      const since = goneSince.get(key) ?? Date.now();
      goneSince.set(key, since);
      const forseti = readyPods(pods, { namespace: 'kube-system', namePrefix: 'kubezero-forseti' }).length > 0;
      if (Date.now() - since < (forseti ? 2_000 : nodeLifecycleSeconds * 1000)) continue;
      await deleteNode(client, metadata);
      goneSince.delete(key);
      log(`node ${metadata.name} deleted${forseti ? ' by forseti' : ''}: its machine ${instanceId} is gone`);
    }
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
