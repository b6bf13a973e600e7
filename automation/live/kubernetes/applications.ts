import type { Cluster } from './client.ts';
import { find } from './client.ts';
import type { Wait } from './health.ts';

interface Application {
  metadata: { name: string; namespace: string };
  status?: { sync?: { status?: string }; health?: { status?: string } };
}

/** ArgoCD Applications, but those of these names, that aren't Synced and Healthy. None where ArgoCD isn't installed. */
export async function unsyncedApplications(cluster: Cluster, except: readonly string[] = []): Promise<Wait[]> {
  const name = 'applications.argoproj.io';
  if (!(await find(cluster.crds.readCustomResourceDefinition({ name })))) return [];
  const list = await cluster.custom.listClusterCustomObject({
    group: 'argoproj.io',
    version: 'v1alpha1',
    plural: 'applications',
  });
  return (list.items as Application[]).flatMap(({ metadata, status }) => {
    const sync = status?.sync?.status ?? 'Unknown';
    const health = status?.health?.status ?? 'Unknown';
    return except.includes(metadata.name) || (sync === 'Synced' && health === 'Healthy')
      ? []
      : [{ object: `Application ${metadata.namespace}/${metadata.name}`, reason: `${sync}, ${health}` }];
  });
}
