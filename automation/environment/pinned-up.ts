import type { Environment } from '../../stacks/environment.ts';
import { type Layer, layers } from '../../stacks/outputs.ts';
import { openPlan, worldMoved } from '../plan/open.ts';
import type { PinnedStacks } from '../plan/pinned-stacks.ts';
import { desiredOf } from './desired.ts';

/** What is left of a pinned plan, and stacks that do that and nothing else. */
export interface PinnedUp {
  stacks: PinnedStacks;
  /** Layers that the plan has changes of, or has found unchanged. */
  layers: Layer[];
  /** Stacks that couldn't be planned, since nothing was deployed to plan them from. */
  unplanned: string[];
  /** Everything in it was done by an earlier run. */
  done: boolean;
  /** What may be deleted or replaced, as it was allowed when the plan was made. */
  allowed: string[];
}

/**
 * Opens a plan for `up`: the world must be as it was, and a fresh preview of every stack must be what was planned, before
 * the first is touched. Stacks that read from one that the plan changes are previewed once more when it is their turn.
 * @throws UserError (exit code 9) naming every difference.
 */
export async function openUp(
  file: string,
  environment: Environment,
  pulumiHome: string,
  signal: AbortSignal,
): Promise<PinnedUp> {
  const { plan, stacks } = await openPlan(file, 'up', environment, pulumiHome);
  const planned = plan.stacks.filter(({ basis }) => basis.kind !== 'upstream-not-deployed');
  stacks.expect({ stacks: planned, strictness: 'exactly' });
  const present = await Promise.all(
    planned.map(async ({ layer }) => stacks.check(layer, await desiredOf(layer, environment, stacks), { signal })),
  );
  const differences = present.flatMap((each) => each.differences);
  if (differences.length > 0) throw worldMoved(plan, file, differences);
  return {
    stacks,
    layers: layers.filter((layer) => planned.some((each) => each.layer === layer)),
    unplanned: plan.stacks.filter((each) => !planned.includes(each)).map(({ stack }) => stack),
    done: planned.some(({ changes }) => changes.length > 0) && present.every(({ fresh }) => fresh.changes.length === 0),
    allowed: plan.allowed ?? [],
  };
}
