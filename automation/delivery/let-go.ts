import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { Environment } from '../../environment/environment.ts';
import { type Cluster, find } from '../live/kubernetes/client.ts';
import { manifestsOf } from './manifests.ts';

const traces = [
  'argocd.argoproj.io/tracking-id',
  'argocd.argoproj.io/sync-options',
  'kubectl.kubernetes.io/last-applied-configuration',
];

/** Objects that are read at the same time. */
const together = 8;

/**
 * Takes ArgoCD's traces off the objects of the environment's manifests, which the stack has taken back: its annotations, and its share in
 * their fields. A field that ArgoCD still had a share in would stay in the cluster when the stack drops it.
 *
 * @returns how many objects had traces
 */
export async function letGo(environment: Environment, cluster: Cluster): Promise<number> {
  const api = KubernetesObjectApi.makeApiClient(cluster.config);
  const manifests = await readManifests(environment);
  let count = 0;
  const next = async (): Promise<void> => {
    for (let manifest = manifests.pop(); manifest; manifest = manifests.pop()) {
      const { apiVersion, kind, metadata } = manifest;
      const header = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace ?? '' } };
      const live = await find(api.read(header));
      const annotations = traces.filter((key) => live?.metadata?.annotations?.[key] !== undefined);
      const fields = live?.metadata?.managedFields ?? [];
      const managedFields = fields.filter((f) => f.operation !== 'Update' || !f.manager?.includes('argocd'));
      if (!live || (annotations.length === 0 && managedFields.length === fields.length)) continue;
      count += 1;
      const patch = {
        ...header,
        metadata: {
          ...header.metadata,
          annotations: Object.fromEntries(annotations.map((key) => [key, null])) as unknown as Record<string, string>,
          managedFields,
        },
      };
      await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    }
  };
  await Promise.all(Array.from({ length: together }, next));
  return count;
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** Manifests as they are in the working tree. */
async function readManifests(environment: Environment): Promise<Manifest[]> {
  const entries = await readdir(manifestsOf(environment), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'));
  return Promise.all(
    files.map(async ({ parentPath, name }) => parse(await readFile(join(parentPath, name), 'utf8')) as Manifest),
  );
}
