import type { V1DaemonSet } from '@kubernetes/client-node';
import type { NodeCommand } from '../../releases/upgrade.ts';
import { find } from '../live/kubernetes/client.ts';
import { listNodes, podReason, type Wait } from '../live/kubernetes/health.ts';
import { adminImage } from './admin-image.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';

/**
 * Runs a command on every node by a DaemonSet, which is waited for on all of them, and goes. Upstream deletes its own
 * without waiting; a node that missed the copy of the CNI plugins has no network for new pods.
 */
export async function runOnEveryNode(context: UpgradeContext, command: NodeCommand): Promise<void> {
  const { cluster, act } = context;
  const { name } = command;
  const body = daemonSet(context, command);
  if (await find(cluster.apps.readNamespacedDaemonSet({ name, namespace })))
    await cluster.apps.replaceNamespacedDaemonSet({ name, namespace, body });
  else await cluster.apps.createNamespacedDaemonSet({ namespace, body });
  act(`${command.what} on every node`, `DaemonSet ${namespace}/${name}`);
  await context.pass({ name: `${command.done} on every node`, check: () => missingNodes(context, command) });
  await find(cluster.apps.deleteNamespacedDaemonSet({ name, namespace, propagationPolicy: 'Background' }));
}

/** Every node without a pod that is done, and why. */
async function missingNodes({ cluster }: UpgradeContext, { name, missing }: NodeCommand): Promise<Wait[]> {
  const [{ status, metadata }, nodes, pods] = await Promise.all([
    cluster.apps.readNamespacedDaemonSet({ name, namespace }),
    listNodes(cluster),
    cluster.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` }),
  ]);
  const wanted = status?.desiredNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0) || updated < wanted)
    return [{ object: `DaemonSet ${namespace}/${name}`, reason: `${updated} of ${wanted} pods made` }];
  return nodes.flatMap((node) => {
    const pod = pods.items.find(({ spec }) => spec?.nodeName === node.metadata?.name);
    const reason = pod ? podReason(pod) : missing;
    return reason ? [{ object: `Node ${node.metadata?.name}`, reason }] : [];
  });
}

function daemonSet({ to }: UpgradeContext, { name, script }: NodeCommand): V1DaemonSet {
  const image = adminImage(to);
  return {
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: { app: name } },
      // All nodes at once: it disturbs nobody.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          hostNetwork: true,
          initContainers: [
            {
              name: 'command',
              image,
              command: ['sh', '-c', script],
              volumeMounts: [{ name: 'host', mountPath: '/host' }],
              securityContext: { privileged: true },
            },
          ],
          containers: [{ name: 'done', image, command: ['sleep', '86400'] }],
          volumes: [{ name: 'host', hostPath: { path: '/' } }],
        },
      },
    },
  };
}
