import type { Cluster } from './client.ts';
import { find } from './client.ts';

/**
 * How many objects of a custom resource definition there are in the cluster, in all namespaces.
 * @param definition  its name, `<plural>.<group>`
 * @returns 0 also where there is no such definition
 * @throws what the client throws where the cluster can't be asked
 */
export async function countObjects({ crds, custom }: Cluster, definition: string): Promise<number> {
  const found = await find(crds.readCustomResourceDefinition({ name: definition }));
  const version = found?.spec.versions.find(({ served }) => served)?.name;
  if (!found || !version) return 0;
  const { group, names } = found.spec;
  // One object is enough: the API server says how many are left.
  const request = custom.listClusterCustomObject({ group, version, plural: names.plural, limit: 1 });
  const page = (await find(request as Promise<Page>)) ?? {};
  return (page.items?.length ?? 0) + (page.metadata?.remainingItemCount ?? 0);
}

interface Page {
  items?: unknown[];
  metadata?: { remainingItemCount?: number };
}
