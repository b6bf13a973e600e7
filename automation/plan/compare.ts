import { isDeepStrictEqual } from 'node:util';
import { nameOf } from '../changes/properties.ts';
import type { PropertyChange, PropertyValue, ResourceChange, StackPlan } from '../changes/schema.ts';
import type { EnvironmentPlan, Fingerprint } from './document.ts';

/** Something that isn't as the plan has it. */
export interface Difference {
  /** `kubezero`, a file, a chart or a stack. */
  about: string;
  /** One line for who has to decide, with what it is about in it. */
  text: string;
}

/** Resources that are as the plan leaves them, or on the way there, by stack: URNs. */
export type Applied = ReadonlyMap<string, ReadonlySet<string>>;

export interface Movement {
  differences: Difference[];
  /** What has changed since and is the plan's own: an earlier run with it got that far. */
  applied: Applied;
}

/**
 * What has changed since a plan was pinned. Resources that the plan changes may have: then it has been applied in part, and
 * what is left of it is for the previews to say.
 * @param now  taken with `fingerprintLike(plan.fingerprint)`
 */
export function movedSince(plan: EnvironmentPlan & { fingerprint: Fingerprint }, now: Fingerprint): Movement {
  const { fingerprint: then } = plan;
  const differences: Difference[] = [];
  if (then.program !== now.program) {
    const text =
      'kubezero itself is another version than the one that made the plan: its sources or its packages differ';
    differences.push({ about: 'kubezero', text });
  }
  for (const [path, change] of changedKeys(then.files, now.files)) {
    if (isWritten(plan, path, now.files[path])) continue;
    const text = { changed: 'has changed', gone: 'is gone', added: 'is new' }[change];
    differences.push({ about: path, text: `${path} ${text} since the plan was made${gitAdvice(plan, path)}` });
  }
  for (const [chart, change] of changedKeys(then.charts, now.charts)) {
    const text = change === 'gone' ? 'is nowhere to be found any more' : 'is another one of the same version';
    differences.push({ about: `chart ${chart}`, text: `chart ${chart} ${text}` });
  }
  const applied = new Map<string, Set<string>>();
  for (const stack of sorted([...Object.keys(then.stacks), ...Object.keys(now.stacks)])) {
    const own = plannedUrns(plan, stack);
    const moved = changedKeys(then.stacks[stack] ?? {}, now.stacks[stack] ?? {});
    const foreign = moved.filter(([urn]) => !own.has(urn));
    applied.set(stack, new Set(moved.flatMap(([urn]) => (own.has(urn) ? [urn] : []))));
    if (foreign.length > 0)
      differences.push({ about: `stack ${stack}`, text: `stack ${stack} has moved: ${outside(foreign)}` });
  }
  return { differences, applied };
}

/** The plan's own writing: application.yaml is migrated in the course of an upgrade, manifests are rendered. */
function isWritten({ fingerprint, manifests, upgrade, environment }: EnvironmentPlan, path: string, digest?: string) {
  if (digest !== undefined && fingerprint?.written?.[path]?.includes(digest)) return true;
  // At the upgrade's end it is taken away.
  if (upgrade && digest === undefined && path.endsWith('/application.previous.yaml')) return true;
  if (!path.startsWith(`${environment}/manifests/`)) return false;
  return upgrade !== undefined || (manifests ?? []).some((manifest) => path === `${environment}/${manifest.path}`);
}

function gitAdvice({ commit }: EnvironmentPlan, path: string): string {
  if (!commit) return '';
  if (commit.endsWith('+')) return ` (from commit ${commit.slice(0, -1)} with uncommitted changes)`;
  return `: see git diff ${commit} -- '*${path}'`;
}

/** Resources of a stack that the plan changes, in whichever of its parts. */
function plannedUrns({ stacks, upgrade }: EnvironmentPlan, stack: string): Set<string> {
  const plans = [...stacks, ...(upgrade?.steps.flatMap((step) => step.stacks) ?? [])];
  return new Set(plans.filter((plan) => plan.stack === stack).flatMap(({ changes }) => changes.map(({ urn }) => urn)));
}

type KeyChange = 'changed' | 'gone' | 'added';

function changedKeys(then: Record<string, string>, now: Record<string, string>): [string, KeyChange][] {
  return sorted([...Object.keys(then), ...Object.keys(now)]).flatMap((key): [string, KeyChange][] => {
    if (then[key] === now[key]) return [];
    return [[key, now[key] === undefined ? 'gone' : then[key] === undefined ? 'added' : 'changed']];
  });
}

function outside(moved: [string, KeyChange][]): string {
  const words = { changed: 'changed outside of this plan', gone: 'is gone', added: 'is new' };
  return shortened(
    moved.map(([urn, change]) => `${resourceName(urn)} ${words[change]}`),
    ', ',
  );
}

/**
 * How a fresh preview of a stack differs from what was pinned of it: nothing may be added, nothing may be missing but what
 * was applied already, and what is in both must change the same properties to the same values.
 * @param applied  URNs of the stack that an earlier run with the plan has changed.
 */
export function differencesOf(pinned: StackPlan, fresh: StackPlan, applied: ReadonlySet<string>): Difference[] {
  if (fresh.failure) return ofStack(pinned, [`its preview fails now: ${fresh.failure}`]);
  const now = new Map(fresh.changes.map((change) => [change.urn, change]));
  const missing = pinned.changes.filter(({ urn }) => !now.has(urn) && !applied.has(urn));
  const lines = [
    ...additions(pinned.changes, fresh.changes),
    ...missing.map((change) => `no longer ${change.operation}s ${labelOf(change)}`),
    ...pinned.changes.flatMap((change) => {
      const present = now.get(change.urn);
      return present ? changedChange(change, present, 'exactly') : [];
    }),
  ];
  return ofStack(pinned, lines);
}

/**
 * What a fresh preview of a stack has beyond what was pinned of it. What is missing doesn't count: a step of an upgrade was
 * previewed against what was deployed before the steps that come first, and those may have done a part of it.
 */
export function beyond(pinned: StackPlan, fresh: StackPlan): Difference[] {
  if (fresh.failure) return ofStack(pinned, [`its preview fails now: ${fresh.failure}`]);
  const then = new Map(pinned.changes.map((change) => [change.urn, change]));
  const lines = [
    ...additions(pinned.changes, fresh.changes),
    ...fresh.changes.flatMap((change) => {
      const known = then.get(change.urn);
      return known ? changedChange(known, change, 'within') : [];
    }),
  ];
  return ofStack(pinned, lines);
}

function ofStack({ stack }: StackPlan, lines: string[]): Difference[] {
  const about = `stack ${stack}`;
  return lines.map((line) => ({ about, text: `${about}: ${line}` }));
}

/** Whether an update that is under way does to a resource what its preview said; else what it does instead. */
export function strayFrom(preview: StackPlan, change: ResourceChange): string | undefined {
  const planned = preview.changes.find(({ urn }) => urn === change.urn);
  if (!planned) return `${change.operation} ${labelOf(change)}, which is not in the plan`;
  if (planned.operation === change.operation) return undefined;
  return `${change.operation} ${labelOf(change)}${because(change)}, planned was to ${planned.operation} it`;
}

function additions(pinned: ResourceChange[], fresh: ResourceChange[]): string[] {
  const known = new Set(pinned.map(({ urn }) => urn));
  return fresh
    .filter(({ urn }) => !known.has(urn))
    .map((change) => `would also ${change.operation} ${labelOf(change)}${listed(change.properties)}`);
}

type Strictness = 'exactly' | 'within';

function changedChange(pinned: ResourceChange, fresh: ResourceChange, strictness: Strictness): string[] {
  const label = labelOf(pinned);
  if (pinned.operation !== fresh.operation)
    return [`would ${fresh.operation} ${label}${because(fresh)}, planned was to ${pinned.operation} it`];
  const exactly = strictness === 'exactly';
  if (exactly && pinned.content !== fresh.content)
    return [`would ${fresh.operation} ${label} with other properties than planned`];
  const then = new Map(pinned.diffs.map((diff) => [diff.path, diff]));
  const now = new Map(fresh.diffs.map((diff) => [diff.path, diff]));
  // Of these only paths are known: the provider gave no detail.
  const paths = (change: ResourceChange) => (change.diffs.length > 0 ? [] : change.properties);
  const pathsThen = new Set([...then.keys(), ...paths(pinned)]);
  const pathsNow = new Set([...now.keys(), ...paths(fresh)]);
  const added = [...pathsNow].filter((path) => !pathsThen.has(path));
  const missing = exactly ? [...pathsThen].filter((path) => !pathsNow.has(path)) : [];
  return [
    ...added.map((path) => `${label}: ${path} would ${becomes(now.get(path))}, which is not in the plan`),
    ...missing.map((path) => `${label}: ${path} would no longer change`),
    ...[...then].flatMap(([path, diff]) => {
      const present = now.get(path);
      return present ? changedDiff(label, diff, present, exactly) : [];
    }),
  ];
}

function changedDiff(label: string, pinned: PropertyChange, fresh: PropertyChange, exactly: boolean): string[] {
  const { path } = pinned;
  const [planned, after] = [sideOf(pinned, 'after'), sideOf(fresh, 'after')];
  // What was not known when it was planned may be known by now, within an upgrade.
  const settled = !exactly && planned.state === 'unknown';
  if (!settled && !isDeepStrictEqual(planned, after)) {
    if (pinned.text && fresh.text) return [`${label}: other lines of ${path} would change than planned`];
    // What was secret on one side is nothing to show of the other.
    if ([planned, after].some(({ state }) => state === 'secret'))
      return [`${label}: ${path} would become something else than planned`];
    return [`${label}: ${path} would become ${shown(after)}, planned was ${shown(planned)}`];
  }
  const [was, is] = [sideOf(pinned, 'before'), sideOf(fresh, 'before')];
  if (exactly && !isDeepStrictEqual(was, is) && [was, is].some(({ state }) => state === 'secret'))
    return [`${label}: ${path} is not what it was when it was planned`];
  if (exactly && !isDeepStrictEqual(was, is)) return [`${label}: ${path} is ${shown(is)} now, not ${shown(was)}`];
  return fresh.replaces && !pinned.replaces ? [`${label}: ${path} would now force a replacement`] : [];
}

type Side = PropertyValue | { state: 'absent' } | { state: 'lines'; lines: string[] };

function sideOf(change: PropertyChange, side: 'before' | 'after'): Side {
  if (change[side]) return change[side];
  // Both sides of a text are in its changed lines.
  return change.text ? { state: 'lines', lines: change.text.lines } : { state: 'absent' };
}

function becomes(change: PropertyChange | undefined): string {
  if (!change || change.text) return 'change';
  return change.kind === 'delete' ? 'be taken away' : `become ${shown(sideOf(change, 'after'))}`;
}

const longestValue = 80;

function shown(side: Side): string {
  if (side.state === 'secret') return 'a secret';
  if (side.state === 'unknown') return 'not known yet';
  if (side.state === 'absent') return 'unset';
  if (side.state === 'lines') return 'a text';
  const text = typeof side.value === 'string' ? side.value : JSON.stringify(side.value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

function because({ replaceKeys }: ResourceChange): string {
  return replaceKeys.length > 0 ? ` because of ${replaceKeys.join(', ')}` : '';
}

function listed(properties: string[]): string {
  return properties.length > 0 ? ` (${shortened(properties.slice(), ', ', 3)})` : '';
}

/** `LaunchTemplate general`, from a change or from a URN. */
function labelOf({ type, name }: Pick<ResourceChange, 'type' | 'name'>): string {
  return `${type.split(':').at(-1)} ${name}`;
}

function resourceName(urn: string): string {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  return labelOf({ type, name: nameOf(urn) });
}

const mostShown = 10;

function shortened(parts: string[], separator: string, most = mostShown): string {
  if (parts.length <= most) return parts.join(separator);
  return `${parts.slice(0, most).join(separator)} and ${parts.length - most} more`;
}

/** Differences as lines for a message; the first of many. */
export function describeDifferences(differences: readonly Difference[], most = 20): string[] {
  const lines = differences.slice(0, most).map(({ text }) => text);
  return differences.length > most ? [...lines, `and ${differences.length - most} more differences`] : lines;
}

function sorted(keys: string[]): string[] {
  return [...new Set(keys)].sort();
}
