import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { unpackDashboard } from '../../modules/dashboards/index.ts';
import type { KubernetesObject } from '../../modules/definition.ts';
import type { RenderedModule } from '../../modules/deploy.ts';
import { logicalName } from '../../modules/objects.ts';

/** Longer texts than this are told by their length and digest. */
const longText = 3000;

/**
 * A rendered module for people to read and for snapshots to compare: sorted, without what every object has, with what
 * is long or secret told in a line.
 */
export function readable({ crds, objects, manifest }: RenderedModule): string {
  const documents = [
    {
      namespace: manifest.namespace.name,
      ...(manifest.awaited?.length
        ? { awaited: manifest.awaited.map(({ object, until }) => `${object} ${until}`) }
        : {}),
      ...(crds.length > 0
        ? { crds: Object.fromEntries(sorted(crds).map((crd) => [crd.metadata.name, shape(crd)])) }
        : {}),
    },
    ...sorted(objects).map(shortened),
  ];
  return documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 0, sortMapEntries: false }))
    .join('---\n');
}

function sorted(objects: KubernetesObject[]): KubernetesObject[] {
  return objects
    .map((object) => ({ object, key: logicalName(object) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ object }) => object);
}

interface Definition {
  scope: string;
  versions?: { name: string; served: boolean; storage: boolean }[];
}

/** A CRD in a line: its API version, scope, versions, and a digest of its schemas. */
function shape({ apiVersion, spec }: KubernetesObject): string {
  const { scope, versions = [] } = spec as Definition;
  const listed = versions.map(
    ({ name, served, storage }) => `${name}${storage ? ' (storage)' : ''}${served ? '' : ' (not served)'}`,
  );
  return `${apiVersion}, ${scope}, ${listed.join(', ')}; ${digest(JSON.stringify(spec))}`;
}

/** An object without what all of them have, sorted by key. */
function shortened({ apiVersion, kind, metadata, ...fields }: KubernetesObject) {
  const { annotations, labels, ...others } = metadata;
  const shown = {
    ...others,
    ...withoutKeys('annotations', annotations, /^pulumi\.com\/(patchForce|skipAwait)$/),
    ...withoutKeys('labels', labels, /^kubezero\.stand-in$/),
  };
  const rest = byKind[kind]?.(fields) ?? fields;
  return { apiVersion, kind, metadata: tidied(shown), ...(tidied(rest) as object) };
}

const byKind: Record<string, (fields: Record<string, unknown>) => Record<string, unknown>> = {
  ConfigMap: unpacked,
  PrometheusRule: listed,
  Secret: redacted,
};

/** A map below its name without some keys; nothing where none is left. */
function withoutKeys(name: string, map: Record<string, string> | undefined, unwanted: RegExp) {
  const entries = Object.entries(map ?? {}).filter(([key]) => !unwanted.test(key));
  return entries.length > 0 ? { [name]: Object.fromEntries(entries) } : {};
}

interface Rule {
  alert?: string;
  record?: string;
  expr: string | number;
  for?: string;
  labels?: { severity?: string };
}

/** Rules in a line each, by group; what an alert says in words is left out. */
function listed({ spec }: Record<string, unknown>) {
  const { groups } = spec as { groups: { name: string; rules: Rule[] }[] };
  return Object.fromEntries(groups.map(({ name, rules }) => [name, rules.map(ruleInALine)]));
}

function ruleInALine({ alert, record, expr, labels, for: lasting }: Rule): string {
  const details = [labels?.severity, lasting && `for ${lasting}`].filter(Boolean).join(' ');
  return `${alert ?? record}${details ? ` (${details})` : ''}: ${String(expr).replace(/\s+/g, ' ').trim()}`;
}

/** Dashboards as they are before they are packed: another packing is no change of them. */
function unpacked({ binaryData, ...fields }: Record<string, unknown>) {
  if (!binaryData) return fields;
  const files = Object.entries(binaryData as Record<string, string>);
  return {
    ...fields,
    binaryData: Object.fromEntries(files.map(([key, content]) => [key, unpackDashboard(key, content) ?? content])),
  };
}

function redacted(fields: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) =>
      /^(data|stringData)$/.test(field) && value
        ? [field, Object.fromEntries(Object.keys(value).map((key) => [key, '(secret)']))]
        : [field, value],
    ),
  );
}

function tidied(value: unknown): unknown {
  if (typeof value === 'string') return told(value);
  if (Array.isArray(value)) return value.map(tidied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, tidied(entry)]),
  );
}

/** A long text in a line. Of a dashboard its title, of a list of rules nothing else. */
function told(text: string): string {
  if (text.length <= longText) return text;
  const title = /^\s*\{/.test(text) ? dashboardTitle(text) : undefined;
  return `(${title ? `dashboard "${title}", ` : ''}${text.length} characters, ${digest(text)})`;
}

function dashboardTitle(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { title?: string }).title;
  } catch {
    return undefined;
  }
}

function digest(text: string): string {
  return `sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}
