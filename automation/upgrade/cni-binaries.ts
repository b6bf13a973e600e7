import type { V1DaemonSet } from '@kubernetes/client-node';
import { find } from '../live/kubernetes/client.ts';
import { listNodes, podReason, type Wait } from '../live/kubernetes/health.ts';
import { adminImage } from './admin-image.ts';
import type { UpgradeContext } from './context.ts';

const namespace = 'kube-system';
const name = 'kubezero-cni-binaries';

/**
 * What is there already stays: it is a newer machine's own. A machine without the old folder has nothing to copy. Each
 * file gets its name when it is whole.
 */
const script = `set -eu
from=/host/opt/cni/bin to=/host/usr/libexec/cni
mkdir -p "$to"
for file in "$from"/*; do
  [ -f "$file" ] || continue
  name=\${file##*/}
  if [ ! -e "$to/$name" ]; then
    cp -a "$file" "$to/$name.new"
    mv "$to/$name.new" "$to/$name"
  fi
done
`;

/**
 * CNI plugins move from /opt/cni/bin to /usr/libexec/cni with 1.22: a DaemonSet copies them on every node, waits for
 * all, and goes. Upstream deletes it without waiting; a node that missed the copy has no network for new pods.
 */
export async function copyCniBinaries(context: UpgradeContext): Promise<void> {
  const { cluster, act } = context;
  const body = daemonSet(context);
  if (await find(cluster.apps.readNamespacedDaemonSet({ name, namespace })))
    await cluster.apps.replaceNamespacedDaemonSet({ name, namespace, body });
  else await cluster.apps.createNamespacedDaemonSet({ namespace, body });
  act('copy CNI binaries on every node', `DaemonSet ${namespace}/${name}`);
  await context.pass({ name: 'CNI binaries copied on every node', check: () => missingNodes(context) });
  await find(cluster.apps.deleteNamespacedDaemonSet({ name, namespace, propagationPolicy: 'Background' }));
}

/** Every node without a pod that has copied, and why. */
async function missingNodes({ cluster }: UpgradeContext): Promise<Wait[]> {
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
    const reason = pod ? podReason(pod) : 'no pod that copies the CNI binaries yet';
    return reason ? [{ object: `Node ${node.metadata?.name}`, reason }] : [];
  });
}

function daemonSet({ to }: UpgradeContext): V1DaemonSet {
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
              name: 'copy',
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
