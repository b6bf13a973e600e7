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
    Object.entries(set()).map(([file, dashboard]) => [`${file}.json`, `${toText(dashboard)}\n`]),
  );
  written.set(set, files);
  return files;
}

const lineWidth = 120;

/** JSON that diffs well and stays small: what fits into a line is on one, everything else has a line per entry. */
export function toText(value: unknown, indent = ''): string {
  return write(value, indent).text;
}

/** A value on one line unless it is too long, and how long it would be. */
function write(value: unknown, indent: string): { text: string; length: number } {
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value);
    return { text, length: text.length };
  }
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => write(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => {
          const name = `${JSON.stringify(key)}: `;
          const { text, length } = write(item, inner);
          return { text: name + text, length: name.length + length };
        });
  const [open, close, space] = isList ? ['[', ']', ''] : ['{', '}', items.length > 0 ? ' ' : ''];
  const length = items.reduce(
    (sum, item) => sum + item.length + 2,
    2 * (1 + space.length) - (items.length > 0 ? 2 : 0),
  );
  const texts = items.map(({ text }) => text);
  if (indent.length + length <= lineWidth)
    return { text: `${open}${space}${texts.join(', ')}${space}${close}`, length };
  return { text: `${open}\n${texts.map((text) => inner + text).join(',\n')}\n${indent}${close}`, length };
}
