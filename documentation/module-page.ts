import { serviceRoles } from '../infra/network/service-permissions.ts';
import type { ModuleDefinition, RefusedKey } from '../modules/definition.ts';
import { releases } from '../releases/index.ts';
import { releasesWithin } from '../releases/range.ts';
import { type ChartPin, type ReleaseId, releaseIds } from '../releases/release.ts';
import { code, list, page, prose, table } from './markdown.ts';
import {
  alertsOf,
  dashboardsOf,
  type ModuleAtRelease,
  moduleAtReleases,
  ownObjects,
  requirements,
} from './module-objects.ts';
import { type KeyAcrossReleases, keysAcrossReleases } from './schema-keys.ts';

/** A module's page: everything on it comes from its declaration, its schema and what it renders. */
export function modulePage(definition: ModuleDefinition): string {
  const { id, purpose, releases: having } = definition;
  const module = moduleAtReleases(definition);
  const last = module.at(-1)!;
  return page([
    `<!-- Made by \`npm run docs\` from modules/${id}/: edit there. -->`,
    `# ${id}`,
    sentence(purpose),
    list([
      `Key in application.yaml: ${code(id)}; off unless ${code(`${id}.enabled`)} is true`,
      `Namespace: ${code(last.byDefault.namespace.name)}`,
      `KubeZero releases: ${having.join(', ')}`,
      ...after(definition),
      ...needs(definition, module),
    ]),
    '## Versions',
    versions(definition, module),
    '## Values',
    `Below ${code(`${id}:`)} in ${code('spec.source.helm.values')} of application.yaml.`,
    keysTable(
      keysAcrossReleases(
        definition.values,
        having.map((release) => releases[release]!),
      ),
      having,
    ),
    ...refusedPart(definition.refused, having),
    ...objectsPart(module),
    ...dashboardsPart(last),
    ...alertsPart(last),
    ...awsPart(id),
  ]);
}

function sentence(text: string): string {
  return `${prose(text).replace(/\.$/, '')}.`;
}

export function link(id: string): string {
  return `[${id}](${id}.md)`;
}

function after({ dependsOn }: ModuleDefinition): string[] {
  return dependsOn.length > 0 ? [`Deployed after: ${dependsOn.map(link).join(', ')}, where they are on`] : [];
}

function needs(definition: ModuleDefinition, module: ModuleAtRelease[]): string[] {
  const all = requirements(definition, module);
  return [...new Set(all.map(({ module: needed }) => needed))].map((needed) => {
    const own = all.filter((requirement) => requirement.module === needed);
    const keys = [...new Set(own.flatMap((requirement) => requirement.for))];
    return `Needs: ${link(needed)}${keys.length > 0 && own.every(({ always }) => !always) ? ` for ${keys.map(code).join(', ')}` : ''}`;
  });
}

function versions(definition: ModuleDefinition, module: ModuleAtRelease[]): string {
  const having = definition.releases;
  const pins = new Map<string, Partial<Record<ReleaseId, ChartPin>>>();
  for (const { release, withEverything } of module) {
    for (const { pin } of withEverything.charts) pins.set(pin.chart, { ...pins.get(pin.chart), [release.id]: pin });
  }
  const charts = [...pins].map(([chart, byRelease]) => {
    const repository = having.map((id) => byRelease[id]?.repository).findLast(Boolean);
    return [chart, ...having.map((id) => byRelease[id]?.version ?? ''), repository ?? 'none: from a release archive'];
  });
  return table(
    ['chart', ...having, 'repository'],
    [[`KubeZero’s, for the record`, ...having.map((id) => releases[id]!.modules[definition.id] ?? ''), ''], ...charts],
  );
}

/** Keys with their types, defaults and meanings; a column says which releases have a key where not all do. */
export function keysTable(keys: KeyAcrossReleases[], having: readonly ReleaseId[]): string {
  const partial = keys.some((key) => key.releases.length < having.length);
  return table(
    ['key', 'type', 'default', ...(partial ? ['releases'] : []), 'meaning'],
    keys.map((key) => [
      code(key.path),
      key.type,
      defaults(key),
      ...(partial ? [key.releases.length < having.length ? key.releases.join(', ') : ''] : []),
      prose(key.meaning),
    ]),
  );
}

function defaults({ default: value, defaults: byRelease, required }: KeyAcrossReleases): string {
  if (required) return 'required';
  if (!byRelease) return shown(value);
  return releaseIds.flatMap((id) => (id in byRelease ? [`${shown(byRelease[id]) || 'none'} (${id})`] : [])).join(', ');
}

function shown(value: unknown): string {
  if (value === undefined || (value && typeof value === 'object' && Object.keys(value).length === 0)) {
    return Array.isArray(value) ? code('[]') : '';
  }
  if (value === '') return 'empty';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

function refusedPart(refused: RefusedKey[], having: ReleaseId[]): string[] {
  if (refused.length === 0) return [];
  return [
    '## Refused keys',
    'Keys of KubeZero’s own values that are refused here, with everything below them.',
    refusedTable(refused, having),
  ];
}

/** Refused keys with the reasons; those with the same reason share a row. */
export function refusedTable(refused: RefusedKey[], having: readonly ReleaseId[]): string {
  const partial = refused.some((range) => releasesWithin(range).length < having.length);
  const rows = new Map<string, { keys: string[]; refusing: string; why: string }>();
  for (const { key, why, since, until } of refused) {
    const refusing = since || until ? releasesWithin({ since, until }).join(', ') : '';
    const row = { keys: [], refusing, why };
    const same = `${row.refusing} ${why}`;
    rows.set(same, rows.get(same) ?? row);
    rows.get(same)!.keys.push(key);
  }
  return table(
    ['key', ...(partial ? ['releases'] : []), 'why'],
    [...rows.values()].map(({ keys, refusing, why }) => [
      keys.map(code).join(', '),
      ...(partial ? [refusing] : []),
      `it ${prose(why)}`,
    ]),
  );
}

function objectsPart(module: ModuleAtRelease[]): string[] {
  const objects = ownObjects(module);
  if (objects.length === 0) return [];
  const partial = objects.some((object) => object.releases.length < module.length);
  const rows = objects.map(({ kind, name, namespace, byDefault, releases: in_ }) => [
    kind,
    code(name),
    namespace ? code(namespace) : '',
    byDefault ? 'yes' : '',
    ...(partial ? [in_.length < module.length ? in_.join(', ') : ''] : []),
  ]);
  return [
    '## Objects',
    'What comes besides the objects of the upstream charts: with every part of the module on, and without any of its values.',
    table(['kind', 'name', 'namespace', 'always', ...(partial ? ['releases'] : [])], rows),
  ];
}

function dashboardsPart(last: ModuleAtRelease): string[] {
  const dashboards = dashboardsOf(last);
  if (dashboards.length === 0) return [];
  const rows = dashboards.flatMap(({ folder, names }) => names.map((name) => [prose(name), prose(folder ?? '')]));
  return ['## Dashboards', 'In Grafana, with the module `metrics`.', table(['dashboard', 'folder'], rows)];
}

function alertsPart(last: ModuleAtRelease): string[] {
  const rules = alertsOf(last);
  if (rules.length === 0) return [];
  const rows = rules.flatMap(({ rule, alerts }) =>
    alerts.map(({ name, severity, summary }) => [code(name), severity ?? '', prose(summary ?? ''), code(rule)]),
  );
  const recorded = rules.reduce((sum, rule) => sum + rule.recorded, 0);
  return [
    '## Alerts',
    `With the module ${code('metrics')}.${recorded > 0 ? ` Besides, ${recorded} series are recorded.` : ''}`,
    table(['alert', 'severity', 'summary', 'PrometheusRule'], rows),
  ];
}

function awsPart(id: string): string[] {
  const own = Object.entries(serviceRoles).filter(([, role]) => role.module === id);
  if (own.length === 0) return [];
  return [
    '## AWS',
    'Each has an IAM role of its own, made by the network stack; what it may do is in [iam.md](../iam.md).',
    table(
      ['who', 'role', 'what for'],
      own.map(([consumer, { name, does }]) => [code(consumer), code(`<region>.<cluster>.${name}`), prose(does)]),
    ),
  ];
}
