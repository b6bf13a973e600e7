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
 * Dashboards as Grafana's sidecar finds them, in any namespace. They are readable text, so that a preview shows what
 * changes.
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
    data: { ...filesOf(dashboards) },
  };
}

/** An upgrade renders all modules a dozen times, and tests more often. */
const written = new WeakMap<DashboardSet, Record<string, string>>();

function filesOf(set: DashboardSet): Record<string, string> {
  const known = written.get(set);
  if (known) return known;
  const files = Object.fromEntries(
    Object.entries(set()).map(([file, dashboard]) => [`${file}.json`, `${toText(dashboard, '')}\n`]),
  );
  written.set(set, files);
  return files;
}

const lineWidth = 120;

/** JSON that diffs well and stays small: what fits into a line is on one, everything else has a line per entry. */
export function toText(value: unknown, indent: string): string {
  const line = oneLine(value);
  if (indent.length + line.length <= lineWidth || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + toText(item, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${toText(item, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`).join(', ')} }`;
}
