import { type Cluster, find } from './client.ts';

const roleAnnotation = 'iam.amazonaws.com/role';

/**
 * What still depends on Kiam: pods that ask it for a role by annotation, while a Kiam agent runs. An annotation alone,
 * with no Kiam in the cluster, has no effect and is no use of it (the 1.21 Elasticsearch pods still carry one).
 * @returns one line per workload, `Deployment shop/checkout (role arn:…)`.
 */
export async function findKiamUse(cluster: Cluster): Promise<string[]> {
  const { items } = await cluster.core.listPodForAllNamespaces();
  if (!items.some(({ metadata }) => isKiam(metadata?.labels))) return [];
  const users = items.flatMap(({ metadata }) => {
    const role = metadata?.annotations?.[roleAnnotation];
    const owner = metadata?.ownerReferences?.[0];
    return role
      ? [`${owner?.kind ?? 'Pod'} ${metadata?.namespace}/${owner?.name ?? metadata?.name} (role ${role})`]
      : [];
  });
  return [...new Set(users)];
}

/** Deletes what is left of Kiam: its workloads, services and access rules. @returns what was deleted. */
export async function removeKiam(cluster: Cluster): Promise<string[]> {
  const namespace = 'kube-system';
  const removed: string[] = [];
  for (const name of ['kiam-agent', 'kiam-server']) {
    if (await find(cluster.apps.deleteNamespacedDaemonSet({ name, namespace })))
      removed.push(`DaemonSet ${namespace}/${name}`);
    if (await find(cluster.apps.deleteNamespacedDeployment({ name, namespace })))
      removed.push(`Deployment ${namespace}/${name}`);
    if (await find(cluster.core.deleteNamespacedService({ name, namespace })))
      removed.push(`Service ${namespace}/${name}`);
    if (await find(cluster.core.deleteNamespacedServiceAccount({ name, namespace })))
      removed.push(`ServiceAccount ${namespace}/${name}`);
  }
  return removed;
}

function isKiam(labels: Record<string, string> = {}): boolean {
  return labels.app === 'kiam' || labels['app.kubernetes.io/name'] === 'kiam';
}
