import type { AbandonedComponent } from '../../../releases/upgrade.ts';
import type { Cluster } from './client.ts';

/**
 * What still depends on a component that goes: pods that carry its annotation, while a pod of its own is there.
 * @returns one line per workload, `Deployment shop/checkout (role arn:…)`.
 */
export async function findUse(
  cluster: Pick<Cluster, 'core'>,
  { labels, usedBy }: AbandonedComponent,
): Promise<string[]> {
  const { items } = await cluster.core.listPodForAllNamespaces();
  const ownLabels = Object.entries(labels);
  if (!items.some(({ metadata }) => ownLabels.some(([key, value]) => metadata?.labels?.[key] === value))) return [];
  const users = items.flatMap(({ metadata }) => {
    const value = metadata?.annotations?.[usedBy.annotation];
    const owner = metadata?.ownerReferences?.[0];
    return value
      ? [`${owner?.kind ?? 'Pod'} ${metadata?.namespace}/${owner?.name ?? metadata?.name} (${usedBy.value} ${value})`]
      : [];
  });
  return [...new Set(users)];
}
