import { ApiError } from '../kubernetes/client.ts';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { machineOfNode } from '../machines/cni.ts';
import type { Instance, Surroundings } from '../machines/instance.ts';

const renewMilliseconds = 10_000;
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/**
 * Renews the lease of every node whose machine runs, as its kubelet does. Not left to kwok: one that was restarted would
 * look after its nodes only once the leases of the one before have run out.
 */
export function keepLeases({ client, instances }: Surroundings, { nodes }: ClusterView): NodeJS.Timeout {
  const renew = async (instance: Instance) => {
    const { nodeName } = instance;
    const node = nodes.get(undefined, nodeName);
    if (!node || machineOfNode({ instances }, node) !== instance) return;
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    };
    try {
      await client.patch(`${leases}/${nodeName}`, { spec });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) return;
      const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid ?? '' };
      const metadata = { name: nodeName, namespace: 'kube-node-lease', ownerReferences: [owner] };
      await client.ensure(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    }
  };
  return setInterval(() => {
    for (const instance of instances.values()) void renew(instance).catch(() => undefined);
  }, renewMilliseconds);
}
