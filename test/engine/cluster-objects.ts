import type { KubernetesObject } from '../../modules/definition.ts';
import { identity } from '../../modules/objects.ts';
import type { ApiServer } from './api-server.ts';

/** An object in a cluster: who it is, and what was asked of it. */
export interface ClusterObject {
  uid: string;
  /** Without what the API server and controllers add. */
  content: object;
}

interface Resource {
  name: string;
  kind: string;
  verbs: string[];
}

interface Group {
  preferredVersion: { groupVersion: string };
}

/** Every object of a cluster by its identity, see `identity`; without what comes and goes by itself. */
export async function clusterObjects(api: ApiServer): Promise<Map<string, ClusterObject>> {
  const { groups } = (await api.call('GET', '/apis')) as { groups: Group[] };
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const found = new Map<string, ClusterObject>();
  for (const version of versions.filter((version) => !/^(events|metrics)\.k8s\.io/.test(version))) {
    const root = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    const resources = ((await api.call('GET', root))?.resources ?? []) as Resource[];
    const kept = resources.filter(({ kind, verbs }) => verbs.includes('list') && !passing.has(kind));
    const lists = await Promise.all(kept.map(({ name }) => api.call('GET', `${root}/${name}`)));
    for (const [index, { kind }] of kept.entries()) {
      for (const item of (lists[index]?.items ?? []) as KubernetesObject[]) {
        const object = { ...item, apiVersion: version, kind };
        found.set(identity(object), {
          uid: (item.metadata as unknown as { uid: string }).uid,
          content: content(object),
        });
      }
    }
  }
  return found;
}

const passing = new Set(['Endpoints', 'EndpointSlice', 'Event', 'Lease', 'ComponentStatus']);

function content({ status: _, ...object }: KubernetesObject): object {
  const { name, namespace, labels, annotations } = object.metadata;
  return { ...object, metadata: { name, namespace, labels, annotations } };
}
