import type { V1DaemonSet } from '@kubernetes/client-node';
import { find } from '../../live/kubernetes/client.ts';
import { podReason, podWait, type Wait } from '../../live/kubernetes/health.ts';
import type { UpgradeContext } from '../context.ts';

const namespace = 'kube-system';
const restartedFor = 'kubezero.com/restarted-for';

/** DaemonSets of the list that exist and weren't restarted for the new version yet. */
export async function toRestart(context: UpgradeContext, names: string[]): Promise<string[]> {
  const sets = await Promise.all(names.map((name) => read(context, name)));
  return sets
    .filter((set): set is V1DaemonSet => set !== undefined)
    .filter((set) => !isMarked(context, set))
    .map((set) => set.metadata!.name!);
}

/** What is still missing for their pods to be those of after the restart, of the DaemonSets that exist. */
export async function unfinishedRestarts(context: UpgradeContext, names: string[]): Promise<Wait[]> {
  return (await Promise.all(names.map((name) => missingPods(context, name)))).flat();
}

/**
 * `kubectl rollout restart` and `status`: marks a DaemonSet's pods with the version that they are restarted for, and
 * waits until each node's has been replaced. One that was marked by a killed run is only waited for; one that isn't
 * there is left out.
 */
export async function restart(context: UpgradeContext, name: string): Promise<void> {
  const { cluster, to, act, warn } = context;
  const set = await read(context, name);
  if (!set) return;
  if (!isMarked(context, set)) {
    const annotations = { ...set.spec?.template.metadata?.annotations, [restartedFor]: to.kubernetesVersion };
    await cluster.apps.patchNamespacedDaemonSet({
      name,
      namespace,
      body: [{ op: 'add', path: '/spec/template/metadata/annotations', value: annotations }],
    });
    act('restart', `DaemonSet ${namespace}/${name}`);
  }
  if (set.spec?.updateStrategy?.type === 'OnDelete') {
    warn(`DaemonSet ${namespace}/${name} replaces its pods only when they are deleted: its restart is yours to finish`);
    return;
  }
  await context.pass({ name: `DaemonSet ${namespace}/${name} restarted`, check: () => missingPods(context, name) });
}

async function missingPods(context: UpgradeContext, name: string): Promise<Wait[]> {
  const set = await read(context, name);
  if (!set || set.spec?.updateStrategy?.type === 'OnDelete') return [];
  const { metadata, status } = set;
  const object = `DaemonSet ${namespace}/${name}`;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return [{ object, reason: 'not seen by its controller yet' }];
  const wanted = status?.desiredNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  const available = status?.numberAvailable ?? 0;
  if (updated >= wanted && available >= wanted) return [];
  const reason =
    updated < wanted ? `${updated} of ${wanted} pods replaced` : `${available} of ${wanted} pods available`;
  return [{ object, reason }, ...(await unhealthyPodsOf(context, set))];
}

/** Its pods that aren't Ready. */
async function unhealthyPodsOf({ cluster }: UpgradeContext, { spec, metadata }: V1DaemonSet): Promise<Wait[]> {
  const labelSelector = Object.entries(spec?.selector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector });
  return items
    .filter((pod) => pod.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid))
    .flatMap((pod) => {
      const reason = podReason(pod);
      return reason ? [podWait(pod, reason)] : [];
    });
}

function read({ cluster }: UpgradeContext, name: string): Promise<V1DaemonSet | undefined> {
  return find(cluster.apps.readNamespacedDaemonSet({ name, namespace }));
}

function isMarked({ to }: UpgradeContext, { spec }: V1DaemonSet): boolean {
  return spec?.template.metadata?.annotations?.[restartedFor] === to.kubernetesVersion;
}
