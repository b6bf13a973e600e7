import { type Difference, labelOfUrn, shortened } from './difference.ts';
import type { EnvironmentPlan, Fingerprint } from './document.ts';

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
    const [before, after] = [then.stacks[stack] ?? {}, now.stacks[stack] ?? {}];
    const moved = changedKeys(before, after);
    const foreign = moved.filter(([urn]) => !own.has(urn) && !isRenamed(urn, before, after));
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
  if (commit.endsWith('+')) return ` (made of commit ${commit.slice(0, -1).slice(0, 12)} with uncommitted changes)`;
  return `: see git diff ${commit.slice(0, 12)} -- '*${path}'`;
}

/** Resources of a stack that the plan changes, in whichever of its parts. */
function plannedUrns({ stacks, upgrade }: EnvironmentPlan, stack: string): Set<string> {
  const plans = [...stacks, ...(upgrade?.steps.flatMap((step) => step.stacks) ?? [])];
  const changes = plans.filter((plan) => plan.stack === stack).flatMap((plan) => plan.changes);
  return new Set(changes.flatMap(({ urn, formerUrn }) => (formerUrn ? [urn, formerUrn] : [urn])));
}

/** Whether a resource is under another URN with the same content, now or then: an update moved it, and left it as it is. */
function isRenamed(urn: string, before: Record<string, string>, after: Record<string, string>): boolean {
  const [here, there] = after[urn] === undefined ? [before, after] : [after, before];
  return (
    there[urn] === undefined && Object.entries(there).some(([key, digest]) => digest === here[urn] && !(key in here))
  );
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
  return shortened(moved.map(([urn, change]) => `${labelOfUrn(urn)} ${words[change]}`));
}

function sorted(keys: string[]): string[] {
  return [...new Set(keys)].sort();
}
