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

/** What is left of Kiam: its workloads, services and access rules, as `DaemonSet kube-system/kiam-agent`. Deletes nothing. */
export async function kiamLeftovers(cluster: Cluster): Promise<string[]> {
  const found = await Promise.all(
    leftovers(cluster).map(async ({ object, read }) => ((await find(read())) ? [object] : [])),
  );
  return found.flat();
}

/** Deletes what {@link kiamLeftovers} finds. @returns what was deleted. */
export async function removeKiam(cluster: Cluster): Promise<string[]> {
  const removed: string[] = [];
  for (const { object, remove } of leftovers(cluster)) if (await find(remove())) removed.push(object);
  return removed;
}

function leftovers({ apps, core }: Cluster) {
  const namespace = 'kube-system';
  return ['kiam-agent', 'kiam-server'].flatMap((name) => {
    const at = { name, namespace };
    return [
      {
        object: `DaemonSet ${namespace}/${name}`,
        read: (): Promise<object> => apps.readNamespacedDaemonSet(at),
        remove: (): Promise<object> => apps.deleteNamespacedDaemonSet(at),
      },
      {
        object: `Deployment ${namespace}/${name}`,
        read: () => apps.readNamespacedDeployment(at),
        remove: () => apps.deleteNamespacedDeployment(at),
      },
      {
        object: `Service ${namespace}/${name}`,
        read: () => core.readNamespacedService(at),
        remove: () => core.deleteNamespacedService(at),
      },
      {
        object: `ServiceAccount ${namespace}/${name}`,
        read: () => core.readNamespacedServiceAccount(at),
        remove: () => core.deleteNamespacedServiceAccount(at),
      },
    ];
  });
}

function isKiam(labels: Record<string, string> = {}): boolean {
  return labels.app === 'kiam' || labels['app.kubernetes.io/name'] === 'kiam';
}
