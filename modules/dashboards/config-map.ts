import { gunzipSync } from 'node:zlib';
import { gzip } from 'pako';
import type { KubernetesObject } from '../definition.ts';
import type { Dashboard } from './model.ts';

/** Builds dashboards by the name of their file, without `.json`. Called once per process. */
export type DashboardSet = () => Record<string, Dashboard>;

export interface DashboardsConfigMap {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Folder in Grafana. Default: the general one. */
  folder?: string;
  /** Use the same function for each call: its result is kept. */
  dashboards: DashboardSet;
}

/**
 * Dashboards as Grafana's sidecar finds them, in any namespace. They are compressed, as KubeZero's are: a stack's state
 * keeps each object three times, and all of it is written whenever an object changes. {@link unpackDashboards} makes them readable.
 */
export function dashboardsConfigMap({
  name,
  namespace,
  labels,
  folder,
  dashboards,
}: DashboardsConfigMap): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: name.slice(0, 63).replace(/-$/, ''),
      namespace,
      labels: { grafana_dashboard: '1', ...labels },
      ...(folder ? { annotations: { 'k8s-sidecar-target-directory': folder } } : {}),
    },
    binaryData: { ...filesOf(dashboards) },
  };
}

type Files = Record<string, string>;

/** An upgrade renders all modules a dozen times, and tests more often. */
const packed = new WeakMap<DashboardSet, Files>();

function filesOf(set: DashboardSet): Files {
  const known = packed.get(set);
  if (known) return known;
  const files = Object.fromEntries(
    Object.entries(set()).map(([file, dashboard]) => [`${file}.json.gz`, pack(JSON.stringify(dashboard))]),
  );
  packed.set(set, files);
  return files;
}

/** zlib's bytes differ between its builds, and a preview would show that; this one's are the same everywhere. */
function pack(text: string): string {
  return Buffer.from(gzip(text, { level: 9 })).toString('base64');
}

/**
 * A ConfigMap for people, and programs that compare: with its packed dashboards as JSON texts in `data`, under the names
 * that Grafana has for the files. Whatever else it has stays as it is.
 */
export function unpackDashboards<T extends object>(configMap: T): T & { data: Files } {
  const { data = {}, binaryData = {}, ...rest } = configMap as { data?: Files; binaryData?: Files };
  const texts = { ...data };
  const others: Files = {};
  for (const [key, content] of Object.entries(binaryData)) {
    const text = unpackDashboard(key, content);
    if (text === undefined) others[key] = content;
    else texts[key.replace(/\.gz$/, '')] = text;
  }
  return { ...rest, data: texts, ...(Object.keys(others).length > 0 ? { binaryData: others } : {}) } as T & {
    data: Files;
  };
}

/** More than a ConfigMap holds unpacked; who packs more than this into one wants to fill our memory. */
const mostUnpacked = 4 * 1024 * 1024;

/**
 * A dashboard packed under a key of a ConfigMap's `binaryData`: JSON text.
 * @returns undefined where something else is under that key.
 */
export function unpackDashboard(key: string, content: string): string | undefined {
  if (!key.endsWith('.json.gz')) return undefined;
  try {
    return gunzipSync(Buffer.from(content, 'base64'), { maxOutputLength: mostUnpacked }).toString();
  } catch {
    return undefined;
  }
}
