import { stringify } from 'yaml';
import type {
  Basis,
  Operation,
  PropertyChange,
  PropertyValue,
  ResourceChange,
  StackPlan,
} from '../../engine/changes/schema.ts';
import type { EnvironmentPlan, PlannedStep } from '../document.ts';

/** Operations as they stand in tables, by how much a reviewer should mind. */
export const byRisk: Operation[] = ['delete', 'replace', 'update', 'import', 'create', 'move', 'read'];

export const marks: Record<Operation, string> = {
  delete: '-',
  replace: '±',
  update: '~',
  import: '=',
  create: '+',
  move: '→',
  read: '>',
};

/** Whether something that is there now goes. */
export function isDestructive({ operation, retained }: ResourceChange): boolean {
  return !retained && (operation === 'delete' || operation === 'replace');
}

/** Lower comes first: what holds data, what goes, what touches security, what is updated, what is new. */
export function rank(change: ResourceChange): number {
  if (change.guard && !change.guard.allowed) return 0;
  if (change.guard) return 1;
  if (isDestructive(change)) return 2;
  if (change.security.length > 0) return 3;
  return 4 + byRisk.indexOf(change.operation);
}

export function byRank(a: ResourceChange, b: ResourceChange): number {
  return rank(a) - rank(b) || compare(a.parent ?? '', b.parent ?? '') || compare(resourceName(a), resourceName(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `LaunchTemplate general`; objects of Kubernetes have their kind in their name: `Deployment/logging/kibana`. */
export function resourceName({ type, name }: ResourceChange): string {
  const kind = type.split(':').at(-1) ?? type;
  return name.startsWith(`${kind}/`) ? name : `${kind} ${name}`;
}

/** `1 to replace, 3 to update`; of drift `1 gone, 3 changed`. */
export function countsText({ changes }: Pick<StackPlan, 'changes'>, drift = false): string {
  const words: Partial<Record<Operation, string>> = drift
    ? { delete: 'gone', update: 'changed', replace: 'changed', create: 'new' }
    : {};
  const parts = byRisk.flatMap((operation) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count > 0 ? [`${count} ${words[operation] ?? `to ${operation}`}`] : [];
  });
  return parts.join(', ') || 'no changes';
}

/** What a stack's changes were computed from. */
export function basisText(basis: Basis): string {
  switch (basis.kind) {
    case 'live':
      return 'live outputs';
    case 'upstream-not-deployed':
      return `not known until ${basis.missing.join(' and ')} is deployed`;
    case 'upstream-pending':
      return `live outputs, while ${basis.upstream
        .map(({ stack, outputs }) =>
          outputs.length > 0
            ? `${stack} is about to change what this stack reads (${outputs.join(', ')}): more can change`
            : `${stack} has changes pending, none in what this stack reads`,
        )
        .join('; ')}`;
  }
}

const longestValue = 240;

/** A value in one line: texts as they are, everything else as JSON. */
export function valueText(value: PropertyValue | undefined, secret = '[secret]'): string {
  if (value === undefined) return '(nothing)';
  if (value.state === 'secret') return secret;
  if (value.state === 'unknown') return '(known after the update)';
  const text = typeof value.value === 'string' ? quoteIfNeeded(value.value) : JSON.stringify(value.value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}… (${text.length} characters)` : text;
}

function quoteIfNeeded(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what needs quoting
  return text === '' || /^\s|\s$|[\u0000-\u001f]/.test(text) ? JSON.stringify(text) : text;
}

/** A change's properties, old -> new, as lines of a diff: each begins with `-`, `+`, `!`, `@@` or a space. */
export function diffLines(change: ResourceChange): string[] {
  const lines = change.diffs.flatMap(propertyLines);
  if (lines.length > 0) return lines;
  if (change.detail === 'none' && (change.operation === 'update' || change.operation === 'replace')) {
    const named = change.properties.length > 0 ? ` beyond that it is in ${change.properties.join(', ')}` : '';
    return [`! the provider gave no detail${named}`];
  }
  return [];
}

function propertyLines({ path, kind, replaces, before, after, text }: PropertyChange): string[] {
  const force = replaces ? '  (forces the replacement)' : '';
  if (text) {
    const from = text.decoded.length > 0 ? `, unpacked from ${text.decoded.join(' and ')}` : '';
    const head = `${path}${from}${text.cosmetic ? ', the same in other words' : ''}${force}`;
    return text.lines.map((line) => (line.startsWith('@') ? `@@ ${head}: ${line.slice(2)} @@` : line));
  }
  if (before === undefined && after === undefined) return [`! ${path}: the provider gave no values${force}`];
  return [
    ...(kind === 'add' ? [] : sideLines('-', path, before, kind === 'delete' ? force : '')),
    ...(kind === 'delete' ? [] : sideLines('+', path, after, force, kind === 'update' ? '[new secret]' : '[secret]')),
  ];
}

/** Objects that are more than a few fields are YAML below their path, as one reads them in the repository. */
function sideLines(
  sign: '+' | '-',
  path: string,
  value: PropertyValue | undefined,
  force: string,
  secret?: string,
): string[] {
  const structured = value?.state === 'known' && typeof value.value === 'object' && value.value !== null;
  if (!structured || JSON.stringify(value.value).length <= 100)
    return [`${sign} ${path}: ${valueText(value, secret)}${force}`];
  const lines = stringify(value.value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split('\n');
  const shown = lines.length > longestObject + 5 ? lines.slice(0, longestObject) : lines;
  return [
    `${sign} ${path}:${force}`,
    ...shown.map((line) => `${sign}   ${line}`),
    ...(shown.length < lines.length ? [`${sign}   … ${lines.length - shown.length} more lines`] : []),
  ];
}

const longestObject = 60;

/** What forces a replacement: `availabilityZone: eu-central-1a -> eu-central-1b`. */
export function forcedBy(change: ResourceChange): string {
  if (change.operation !== 'replace') return change.operation === 'delete' ? 'no longer part of the environment' : '';
  const keys = change.replaceKeys.length > 0 ? change.replaceKeys : change.properties;
  const parts = keys.slice(0, 3).map((key) => {
    const diff = change.diffs.find(({ path }) => path === key) ?? change.diffs.find(({ path }) => path.startsWith(key));
    return diff && !diff.text && (diff.before || diff.after)
      ? `${diff.path}: ${valueText(diff.before)} → ${valueText(diff.after, '[new secret]')}`
      : key;
  });
  if (keys.length > 3) parts.push(`${keys.length - 3} more`);
  return parts.join('; ') || 'the provider gave no detail';
}

/** `restarts pods of Deployment logging/kibana, rolling`. */
export function restartsText({ restarts = '' }: ResourceChange): string {
  if (restarts.startsWith('connections ')) return `cuts ${restarts}`;
  return /^(?:pods|machines|every machine) /.test(restarts) ? `restarts ${restarts}` : restarts;
}

const longestPaths = 60;

/** Which properties change, a few of them by name. */
export function propertiesText({ type, properties, diffs, operation, detail, retained }: ResourceChange): string {
  if (retained) return `leaves the stack; stays in the ${type.startsWith('kubernetes:') ? 'cluster' : 'account'}`;
  if (operation === 'move') return 'stays as it is; the stack’s state keeps it in another form';
  if (operation !== 'update' && operation !== 'replace') return '';
  const paths = diffs.length > 0 ? diffs.map(({ path }) => path) : properties;
  if (paths.length === 0) return detail === 'none' ? 'the provider gave no detail' : '';
  if (diffs.length > 0 && diffs.every(({ text }) => text?.cosmetic))
    return `${paths.join(', ')}: the same in other words`;
  let shown = Math.min(3, paths.length);
  while (shown > 1 && paths.slice(0, shown).join(', ').length > longestPaths) shown--;
  const left = paths.length - shown;
  return `${paths.slice(0, shown).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** As a shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What allows it, e.g. `--allow etcd-c`. */
export function allowOption({ guard, name }: ResourceChange): string {
  return `--allow ${shellWord(guard?.name ?? name)}`;
}

/** `6–9 min`. */
export function minutesText({ minutes }: PlannedStep['disruption']): string {
  if (!minutes) return '';
  const [from, to] = minutes;
  return from === to ? `${to} min` : `${from}–${to} min`;
}

/** Stacks of a plan with where each belongs: those of the upgrade's steps, then the environment's own. */
export function everyChange(plan: EnvironmentPlan): { where: string; change: ResourceChange }[] {
  const steps = plan.upgrade?.steps ?? [];
  return [
    ...steps.flatMap((step) =>
      step.stacks.flatMap((stack) => stack.changes.map((change) => ({ where: `step ${step.id}`, change }))),
    ),
    ...plan.stacks.flatMap((stack) => stack.changes.map((change) => ({ where: stack.stack, change }))),
  ];
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
