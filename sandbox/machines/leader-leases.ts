import { abandonedLeaderSeconds } from '../deviations.ts';
import type { KubeClient } from '../kubernetes/client.ts';
import { pause } from '../kubernetes/collection.ts';

const names = ['kube-controller-manager', 'kube-scheduler'];
const path = (name: string) => `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`;

/**
 * After a controller is gone: gives up the leases of leaders that stopped renewing theirs, so that the others don't wait
 * for them to run out.
 */
export async function releaseAbandonedLeases(client: KubeClient): Promise<void> {
  await Promise.all(names.map((name) => releaseIfAbandoned(client, name)));
}

async function releaseIfAbandoned(client: KubeClient, name: string): Promise<void> {
  let renewed = '';
  let since = Date.now();
  // Longer than a lease takes to run out by itself, there is nothing to be won.
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(500)) {
    const lease = await client.find(path(name)).catch(() => undefined);
    if (!lease) continue;
    const { renewTime, holderIdentity } = lease.spec;
    if (renewed && renewTime !== renewed) return;
    if (!renewed) since = Date.now();
    renewed = renewTime;
    if (!holderIdentity || Date.now() - since < abandonedLeaderSeconds * 1000) continue;
    // The version makes this fail where the leader has renewed it after all.
    const { resourceVersion } = lease.metadata;
    await client
      .patch(path(name), { metadata: { resourceVersion }, spec: { holderIdentity: '' } })
      .catch(() => undefined);
    return;
  }
}
