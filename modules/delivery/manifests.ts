import { parse, stringify } from 'yaml';
import type { ModuleId } from '../../releases/release.ts';
import { unpackDashboards } from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';
import { apiGroup, logicalName } from '../objects.ts';

/** One file of an environment's rendered manifests. */
export interface ManifestFile {
  module: ModuleId;
  /** Below the environment's directory, e.g. `manifests/logging/DaemonSet.logging.logging-fluent-bit.yaml`. */
  path: string;
  /** The object, as previews call it. */
  object: string;
  text: string;
}

/** Directory of an environment's rendered manifests, in the environment's own. */
export const manifestsDirectory = 'manifests';

/**
 * Objects as ArgoCD reads them from git: a file each, so that the diff of a commit is by object. The same objects give
 * the same files, whatever order they come in.
 */
export function manifestFiles(module: ModuleId, objects: KubernetesObject[]): ManifestFile[] {
  return namedFiles(objects)
    .map(({ object, name }) => {
      const path = `${manifestsDirectory}/${module}/${name}.yaml`;
      return { module, path, object: logicalName(object), text: manifestText(object) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Objects with a file name each, without its extension, e.g. `DaemonSet.logging.logging-fluent-bit`. */
export function namedFiles(objects: KubernetesObject[]): { object: KubernetesObject; name: string }[] {
  const named = objects.map((object) => ({ object, name: fileName(object) }));
  const count = new Map<string, number>();
  for (const { name } of named) count.set(name, (count.get(name) ?? 0) + 1);
  return named.map(({ object, name }) => ({
    object,
    // Kinds of the same name in two API groups, e.g. Istio's Gateway and the Gateway API's.
    name: count.get(name) === 1 ? name : `${apiGroup(object.apiVersion) || 'core'}.${name}`,
  }));
}

function fileName({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  // Names of roles may have colons, which not every file system takes.
  return [kind, namespace, name.replaceAll(':', '_')].filter(Boolean).join('.');
}

/**
 * Client-side apply, which ArgoCD 2.3 does, keeps the whole object in an annotation, and annotations end at 256 KiB. An
 * object too large for that is updated as a whole instead.
 */
const largestApplied = 200_000;

function manifestText(object: KubernetesObject): string {
  const large = JSON.stringify(object).length > largestApplied;
  return manifestYaml(object, large ? { 'argocd.argoproj.io/sync-options': 'Replace=true' } : {});
}

/** An object as YAML, without what annotations tell Pulumi's provider. */
export function manifestYaml(object: KubernetesObject, extra: Record<string, string> = {}): string {
  const { annotations, ...metadata } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('pulumi.com/'));
  const all = { ...Object.fromEntries(kept), ...extra };
  const clean = Object.keys(all).length > 0 ? { ...metadata, annotations: all } : metadata;
  return stringify(withoutNulls({ ...object, metadata: clean }), {
    // ArgoCD reads YAML 1.1, where `on` is a boolean and 0777 a number.
    version: '1.1',
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** A manifest as the diff of a commit is shown: dashboards as they are before they are packed, laid out. */
export function manifestToCompare(text: string): string {
  if (!/^ {4}grafana_dashboard: /m.test(text)) return text;
  try {
    const object = unpackDashboards(parse(text, { version: '1.1' }) as KubernetesObject);
    const data = Object.entries(object.data).map(([file, json]) => [file, JSON.stringify(JSON.parse(json), null, 2)]);
    return stringify({ ...object, data: Object.fromEntries(data) }, { lineWidth: 0, aliasDuplicateObjects: false });
  } catch {
    // Somebody has edited the file, and it isn't YAML or JSON any more.
    return text;
  }
}

/** A null stands for nothing: it is never in the cluster, and would be a difference for ever. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!value || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
}
