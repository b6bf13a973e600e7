import { basename } from 'node:path';
import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { type Cluster, find } from '../live/kubernetes/client.ts';
import type { ManifestChange } from './manifests.ts';

const syncOptions = 'argocd.argoproj.io/sync-options';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Objects that a commit takes from one module and gives to another, by the file that goes. */
export function movedObjects(changes: ManifestChange[]): ManifestChange[] {
  const created = new Set(changes.filter((c) => c.operation === 'create').map(({ path }) => basename(path)));
  return changes.filter(({ operation, path }) => operation === 'delete' && created.has(basename(path)));
}

/**
 * Keeps ArgoCD from pruning objects that are about to move from one Application to another: without it, the old owner
 * could delete an object before the new one has it. Noted in the annotation by which ArgoCD knows what it applied last,
 * too, so that the new owner's first sync takes the protection away again.
 *
 * @returns what was protected, as `Kind namespace/name`
 */
export async function protectMoved(cluster: Cluster, moved: ManifestChange[]): Promise<string[]> {
  const api = KubernetesObjectApi.makeApiClient(cluster.config);
  const protectedObjects: string[] = [];
  for (const { before } of moved) {
    const { apiVersion, kind, metadata } = parse(before) as Manifest;
    const header = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace ?? '' } };
    const live = await find(api.read(header));
    if (!live) continue;
    const annotations = { ...live.metadata?.annotations };
    const options = [...new Set([...(annotations[syncOptions]?.split(',') ?? []), 'Prune=false'])].join(',');
    const applied = annotations[lastApplied] ? (JSON.parse(annotations[lastApplied]) as Manifest) : undefined;
    if (applied) applied.metadata.annotations = { ...applied.metadata.annotations, [syncOptions]: options };
    const patch = {
      ...header,
      metadata: {
        ...header.metadata,
        annotations: { [syncOptions]: options, ...(applied ? { [lastApplied]: JSON.stringify(applied) } : {}) },
      },
    };
    await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    protectedObjects.push(`${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')}`);
  }
  return protectedObjects;
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
}
