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
  versions: { groupVersion: string }[];
}

/** Every object of a cluster by its identity, see `identity`; without what comes and goes by itself. */
export async function clusterObjects(api: ApiServer): Promise<Map<string, ClusterObject>> {
  const { groups } = (await api.call('GET', '/apis')) as { groups: Group[] };
  const found = new Map<string, ClusterObject>();
  for (const { versions } of [{ versions: [{ groupVersion: 'v1' }] }, ...groups]) {
    // Not every version of a group has all its kinds.
    const kinds = new Set([
      'Endpoints',
      'EndpointSlice',
      'Event',
      'Lease',
      'ComponentStatus',
      'NodeMetrics',
      'PodMetrics',
    ]);
    // Nobody serves the aggregated ones.
    for (const { groupVersion } of versions.filter(({ groupVersion }) => !/metrics\.k8s\.io\//.test(groupVersion))) {
      const root = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      const resources = ((await api.call('GET', root))?.resources ?? []) as Resource[];
      const listed = resources.filter(({ kind, verbs }) => verbs.includes('list') && !kinds.has(kind));
      for (const { kind } of listed) kinds.add(kind);
      const lists = await Promise.all(listed.map(({ name }) => api.call('GET', `${root}/${name}`)));
      for (const [index, { kind }] of listed.entries()) {
        for (const item of (lists[index]?.items ?? []) as KubernetesObject[]) {
          const object = { ...item, apiVersion: groupVersion, kind };
          if (isMadeByItself(object)) continue;
          const { uid } = item.metadata as unknown as { uid: string };
          found.set(identity(object), { uid, content: content(object) });
        }
      }
    }
  }
  return found;
}

/** The API server's registration of a CRD's version, and Helm's record of a release. */
function isMadeByItself({ kind, type, metadata }: KubernetesObject): boolean {
  if (kind === 'APIService') return 'kube-aggregator.kubernetes.io/automanaged' in (metadata.labels ?? {});
  return kind === 'Secret' && type === 'helm.sh/release.v1';
}

function content({ status: _, ...object }: KubernetesObject): object {
  const { name, namespace, labels, annotations } = object.metadata;
  return { ...object, metadata: { name, namespace, labels, annotations }, ...assigned[object.kind]?.(object) };
}

// biome-ignore lint/suspicious/noExplicitAny: fields of those kinds
type Spec = any;

/** What the API server makes up in some kinds: addresses and ports, the selector of a job. */
const assigned: Record<string, (object: KubernetesObject) => object> = {
  Service: ({ spec }) => {
    const { clusterIP, clusterIPs, ports, ...others } = spec as Spec;
    const isHeadless = clusterIP === 'None';
    const withoutNodePorts = (ports ?? []).map(({ nodePort: _, ...port }: Spec) => port);
    return { spec: { ...others, isHeadless, addresses: clusterIPs?.length ?? 0, ports: withoutNodePorts } };
  },
  Job: ({ spec }) => {
    const { selector: _, template, ...others } = spec as Spec;
    return { spec: { ...others, template: template.spec } };
  },
};
