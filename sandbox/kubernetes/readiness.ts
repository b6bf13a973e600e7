import type { ApiObject } from './client.ts';
import type { Collection } from './collection.ts';

/** Which pods: all that is given has to fit. */
export interface PodQuery {
  namespace?: string;
  namePrefix?: string;
  labels?: Record<string, string>;
}

/** Whether a pod or a node says that it is ready. */
export function isReady(object: ApiObject): boolean {
  const conditions = (object.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Whether a pod serves: ready, and not on its way out. */
export function isPodReady(pod: ApiObject): boolean {
  return !pod.metadata.deletionTimestamp && isReady(pod);
}

export function podMatches(pod: ApiObject, { namespace, namePrefix, labels }: PodQuery): boolean {
  if (namespace && pod.metadata.namespace !== namespace) return false;
  if (namePrefix && !pod.metadata.name.startsWith(namePrefix)) return false;
  return Object.entries(labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** Pods that serve. */
export function readyPods(pods: Collection, query: PodQuery): ApiObject[] {
  return pods.values().filter((pod) => podMatches(pod, query) && isPodReady(pod));
}
