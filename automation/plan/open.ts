import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { Stacks } from '../engine/driver.ts';
import type { Engine } from '../engine/engine.ts';
import { type Difference, describeDifferences } from './difference.ts';
import { fingerprintLike } from './fingerprint.ts';
import { movedSince } from './moved.ts';
import { type PinnedPlan, readPlan, refuseUnfit } from './pin.ts';
import { PinnedStacks } from './pinned-stacks.ts';

/** A plan that fits the world as it is, and stacks that are held to it. */
export interface OpenPlan {
  plan: PinnedPlan;
  /** As it was given on the command line. */
  file: string;
  stacks: PinnedStacks;
}

/**
 * Reads a pinned plan and looks whether the world is as it was when it was made, but for what the plan itself has changed
 * since. Changes nothing.
 * @throws UserError (exit code 9) naming every difference.
 */
export async function openPlan(
  file: string,
  command: 'up' | 'upgrade',
  environment: Environment,
  engine: Engine,
): Promise<OpenPlan> {
  const plan = readPlan(file, environment.name);
  refuseUnfit(plan, command, file);
  const stacks = new Stacks(environment, engine);
  const now = await fingerprintLike(plan.fingerprint, environment, stacks, engine);
  const { differences, applied } = movedSince(plan, now);
  if (differences.length > 0) throw worldMoved(plan, file, differences);
  return { plan, file, stacks: new PinnedStacks(environment, stacks, file, applied) };
}

/** The refusal of a plan before anything is touched. */
export function worldMoved(plan: PinnedPlan, file: string, differences: Difference[]): UserError {
  const lines = describeDifferences(differences).map((line) => `\n  ${line}`);
  return new UserError(`the world has moved since this plan was made (${plan.at}):${lines.join('')}`, {
    where: file,
    state: 'nothing was changed',
    fix: `undo that, or make and review a new plan: kubezero preview ${plan.environment} --out ${file}`,
    exitCode: exitCode.moved,
  });
}
