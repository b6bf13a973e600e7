import type { NamedObject } from '../../../releases/upgrade.ts';
import { type Cluster, find } from './client.ts';

type Clients = Pick<Cluster, 'apps' | 'core'>;
type At = Pick<NamedObject, 'namespace' | 'name'>;
type Calls = Record<'read' | 'remove', () => Promise<object>>;

/** How objects of each kind are read and deleted. */
const calls: Record<NamedObject['kind'], (cluster: Clients, at: At) => Calls> = {
  DaemonSet: ({ apps }, at) => ({
    read: () => apps.readNamespacedDaemonSet(at),
    remove: () => apps.deleteNamespacedDaemonSet(at),
  }),
  Deployment: ({ apps }, at) => ({
    read: () => apps.readNamespacedDeployment(at),
    remove: () => apps.deleteNamespacedDeployment(at),
  }),
  Service: ({ core }, at) => ({
    read: () => core.readNamespacedService(at),
    remove: () => core.deleteNamespacedService(at),
  }),
  ServiceAccount: ({ core }, at) => ({
    read: () => core.readNamespacedServiceAccount(at),
    remove: () => core.deleteNamespacedServiceAccount(at),
  }),
};

/** Those of the objects that are there, as `DaemonSet kube-system/kiam-agent`. Deletes nothing. */
export async function presentObjects(cluster: Clients, objects: readonly NamedObject[]): Promise<string[]> {
  const found = await Promise.all(objects.map((object) => find(callsOf(cluster, object).read())));
  return objects.filter((_, index) => found[index]).map(nameOf);
}

/** Deletes those that are there, one after the other. @returns what was deleted. */
export async function removeObjects(cluster: Clients, objects: readonly NamedObject[]): Promise<string[]> {
  const removed: string[] = [];
  for (const object of objects) if (await find(callsOf(cluster, object).remove())) removed.push(nameOf(object));
  return removed;
}

function callsOf(cluster: Clients, { kind, namespace, name }: NamedObject) {
  return calls[kind](cluster, { namespace, name });
}

function nameOf({ kind, namespace, name }: NamedObject): string {
  return `${kind} ${namespace}/${name}`;
}
