import { isDeepStrictEqual } from 'node:util';
import type { PropertyChange, PropertyValue, ResourceChange, StackPlan } from '../engine/changes/schema.ts';
import { type Difference, labelOf, shortened } from './difference.ts';
import type { EnvironmentPlan } from './document.ts';

/**
 * How a fresh preview of a stack differs from what was pinned of it: nothing may be added, nothing may be missing but what
 * was applied already, and what is in both must change the same properties to the same values.
 * @param applied  URNs of the stack that an earlier run with the plan has changed.
 */
export function differencesOf(pinned: StackPlan, fresh: StackPlan, applied: ReadonlySet<string>): Difference[] {
  if (fresh.failure) return ofStack(pinned, [`its preview fails now: ${fresh.failure}`]);
  if (fresh.basis.kind === 'upstream-not-deployed')
    return ofStack(pinned, [`can’t be previewed any more: ${fresh.basis.missing.join(', ')} is not deployed`]);
  const now = new Map(fresh.changes.map((change) => [change.urn, change]));
  const missing = pinned.changes.filter(({ urn }) => !now.has(urn) && !applied.has(urn));
  const lines = [
    ...additions(pinned.changes, fresh.changes),
    ...missing.map((change) => `no longer ${change.operation}s ${labelOf(change)}`),
    ...pinned.changes.flatMap((change) => {
      const present = now.get(change.urn);
      return present ? changedChange(change, present, { exactly: true, settling: applied.size > 0, known: [] }) : [];
    }),
  ];
  return ofStack(pinned, lines);
}

/**
 * What a fresh preview of a stack has beyond what was pinned of it. What is missing doesn't count: a step of an upgrade was
 * previewed against what was deployed before the steps that come first, and those may have done a part of it.
 * @param earlier  what steps before it were planned to do to the stack: what they change, this one may take back (the
 * workers' doubled groups get their sizes again), or bring to the same value.
 */
export function beyond(pinned: StackPlan, fresh: StackPlan, earlier: readonly StackPlan[] = []): Difference[] {
  if (fresh.failure) return ofStack(pinned, [`its preview fails now: ${fresh.failure}`]);
  const then = new Map(pinned.changes.map((change) => [change.urn, change]));
  const before = earlier.flatMap(({ changes }) => changes);
  const lines = fresh.changes.flatMap((change) => {
    const planned = then.get(change.urn);
    const known = before.filter(({ urn }) => urn === change.urn);
    if (!planned && !known.some(({ operation }) => mayFollow(operation, change.operation)))
      return additions([], [change]);
    return changedChange(planned ?? { ...change, properties: [], diffs: [] }, change, {
      exactly: false,
      settling: true,
      known,
    });
  });
  return ofStack(pinned, lines);
}

/** A resource that an earlier step updates or creates may be updated by a later one; nothing follows a deletion. */
function mayFollow(earlier: ResourceChange['operation'], operation: ResourceChange['operation']): boolean {
  return operation === 'update' && earlier !== 'delete';
}

/**
 * How manifests for ArgoCD differ from the pinned ones: none may be added or be another. One that is missing was committed
 * by an earlier run.
 */
export function manifestDifferences(pinned: Manifests = [], fresh: Manifests = []): Difference[] {
  const then = new Map(pinned.map((manifest) => [manifest.path, manifest]));
  return fresh.flatMap(({ path, operation, object, module, diff }) => {
    const planned = then.get(path);
    const about = `manifest ${path}`;
    if (!planned) return [{ about, text: `${about}: would also ${operation} ${object} of ${module}` }];
    if (planned.operation === operation && planned.diff === diff) return [];
    return [{ about, text: `${about}: would ${operation} ${object} of ${module} otherwise than planned` }];
  });
}

type Manifests = EnvironmentPlan['manifests'];

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

interface Strictness {
  exactly: boolean;
  /** Other changes of the plan may be done by now: what was unknown is known then. */
  settling: boolean;
  /** What earlier steps were planned to do to the resource. */
  known: ResourceChange[];
}

function changedChange(pinned: ResourceChange, fresh: ResourceChange, strictness: Strictness): string[] {
  const { exactly, settling, known } = strictness;
  const label = labelOf(pinned);
  if (pinned.operation !== fresh.operation)
    return [`would ${fresh.operation} ${label}${because(fresh)}, planned was to ${pinned.operation} it`];
  if (exactly && pinned.content !== undefined && pinned.content !== fresh.content)
    return [`would ${fresh.operation} ${label} with other properties than planned`];
  const then = new Map(pinned.diffs.map((diff) => [diff.path, diff]));
  const now = new Map(fresh.diffs.map((diff) => [diff.path, diff]));
  const pathsThen = new Set([...then.keys(), ...undetailed(pinned)]);
  const pathsNow = new Set([...now.keys(), ...undetailed(fresh)]);
  const open = settling ? pinned.diffs.filter((diff) => diff.after?.state === 'unknown').map(({ path }) => path) : [];
  const added = [...pathsNow].filter(
    (path) => !pathsThen.has(path) && !isKnown(path, now.get(path), known) && !open.some((one) => isWithin(path, one)),
  );
  const missing = exactly ? [...pathsThen].filter((path) => !pathsNow.has(path) && !open.includes(path)) : [];
  return [
    ...added.map((path) => `${label}: ${path} would ${becomes(now.get(path))}, which is not in the plan`),
    ...missing.map((path) => `${label}: ${path} would no longer change`),
    ...[...then].flatMap(([path, diff]) => {
      const present = now.get(path);
      return present ? changedDiff(label, diff, present, strictness) : [];
    }),
  ];
}

/** Paths of which nothing else is known: the provider gave no detail. */
function undetailed({ diffs, properties }: ResourceChange): string[] {
  return diffs.length > 0 ? [] : properties;
}

/** Whether a property goes to where an earlier step takes it, or back to where that takes it from. */
function isKnown(path: string, fresh: PropertyChange | undefined, known: ResourceChange[]): boolean {
  return known.some((change) => {
    const planned = change.diffs.find((diff) => diff.path === path);
    // A text is compared by its lines: what takes it back has others.
    if (!planned || !fresh || planned.text || fresh.text) return !fresh && undetailed(change).includes(path);
    const after = sideOf(fresh, 'after');
    const sides = [sideOf(planned, 'before'), sideOf(planned, 'after')];
    return sides.some((side) => side.state === 'unknown' || isDeepStrictEqual(side, after));
  });
}

function isWithin(path: string, whole: string): boolean {
  return path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
}

function changedDiff(
  label: string,
  pinned: PropertyChange,
  fresh: PropertyChange,
  { exactly, settling }: Strictness,
): string[] {
  const { path } = pinned;
  const [planned, after] = [sideOf(pinned, 'after'), sideOf(fresh, 'after')];
  const settled = settling && planned.state === 'unknown';
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
  return properties.length > 0 ? ` (${shortened(properties, 3)})` : '';
}
