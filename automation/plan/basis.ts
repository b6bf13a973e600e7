import { parsePath } from '../engine/changes/paths.ts';
import type { Basis, StackPlan } from '../engine/changes/schema.ts';

/** What a stack's program read of other stacks while it was previewed: names of outputs, by stack. */
export type Reads = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * What a stack's preview was computed from. Stacks read what others have deployed, so where one of those has changes
 * pending, the preview may still change; the names say whether it will.
 * @param reads of the stack in question
 * @param plans of all stacks; those that the stack doesn't read are of no account
 */
export function basisOf(reads: Reads, plans: readonly StackPlan[]): Basis {
  const pending = plans.filter(
    ({ stack, changes, outputs }) => reads.has(stack) && changes.length + outputs.length > 0,
  );
  if (pending.length === 0) return { kind: 'live' };
  return {
    kind: 'upstream-pending',
    upstream: pending.map(({ stack, outputs }) => {
      const read = reads.get(stack) ?? new Set();
      const changing = new Set(outputs.map(({ name }) => String(parsePath(name)[0])));
      return { stack, outputs: [...changing].filter((name) => read.has(name)).sort() };
    }),
  };
}

/** The plan of a stack that can't be previewed, since a stack that it reads isn't deployed. */
export function notComputed(stack: string, layer: StackPlan['layer'], missing: string[]): StackPlan {
  return {
    stack,
    layer,
    basis: { kind: 'upstream-not-deployed', missing },
    changes: [],
    unchanged: 0,
    outputs: [],
    diagnostics: [],
    policies: [],
  };
}
