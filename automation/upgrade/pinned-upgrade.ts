import type { Environment } from '../../environment/environment.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { UpgradeStep } from '../../releases/upgrade.ts';
import type { Engine } from '../engine/engine.ts';
import type { UpgradePlan } from '../plan/document.ts';
import { openPlan } from '../plan/open.ts';
import type { PinnedStacks } from '../plan/pinned-stacks.ts';
import type { EventBody } from '../report/events.ts';

/** What the command line says of an upgrade, as far as a plan says it too. */
export interface GivenUpgrade {
  /** Absent: not said. */
  to?: string;
  surgeFirst?: boolean;
}

/** A pinned upgrade: its steps, and stacks that are held to the step that is under way. */
export interface PinnedUpgrade {
  from: UpgradePlan['from'];
  to: UpgradePlan['to'];
  surgeFirst: boolean;
  stacks: PinnedStacks;
  /** What may be deleted or replaced, as it was allowed when the plan was made. */
  allowed: string[];
  /** Says that the run is held to the plan. */
  verified: EventBody;
  /** Refuses steps that aren't exactly the plan's, in its order. */
  refuseOthers(steps: readonly UpgradeStep[]): void;
  /** From now on updates of stacks are held to what was planned of this step. */
  begin(step: UpgradeStep): void;
}

/**
 * Opens a plan for `upgrade`: the world must be as it was, but for what the plan itself has changed since. Each step's
 * updates are then previewed right before they run, and may do nothing that wasn't planned of the step.
 * @throws UserError (exit code 9) naming every difference.
 */
export async function openUpgrade(
  file: string,
  given: GivenUpgrade,
  environment: Environment,
  engine: Engine,
): Promise<PinnedUpgrade> {
  const { plan, stacks } = await openPlan(file, 'upgrade', environment, engine);
  // openPlan refuses a plan without one.
  const { from, to, surgeFirst, steps } = plan.upgrade!;
  refuseContradiction(given, { to, surgeFirst }, file);
  const moved = (message: string) =>
    new UserError(message, {
      where: file,
      state: 'finished steps stay finished; nothing else was changed',
      fix: `make and review a new plan: kubezero preview ${environment.name} --out ${file}`,
      exitCode: exitCode.moved,
    });
  return {
    from,
    to,
    surgeFirst,
    stacks,
    allowed: plan.allowed ?? [],
    verified: { type: 'plan-pinned', file, planned: plan.at, stacks: stacksOf(steps) },
    refuseOthers(present) {
      const [planned, now] = [steps, present].map((list) => list.map(({ id }) => id).join(', '));
      if (planned !== now)
        throw moved(`the upgrade has other steps than were planned: ${now}; planned were ${planned}`);
    },
    begin({ id }) {
      const position = steps.findIndex((step) => step.id === id);
      const step = steps[position];
      if (!step) throw moved(`step ${id} is not in the plan`);
      if (step.state === 'done')
        throw moved(`step ${id} was done when the plan was made, and the world doesn’t show that any more`);
      const earlier = steps.slice(0, position).flatMap((before) => before.stacks);
      stacks.expect({ stacks: step.stacks, strictness: 'within', earlier, of: `step ${id}` });
    },
  };
}

/** Every stack that a step changes, once. */
function stacksOf(steps: UpgradePlan['steps']): string[] {
  return [...new Set(steps.flatMap((step) => step.stacks.map(({ stack }) => stack)))];
}

function refuseContradiction(given: GivenUpgrade, planned: Required<GivenUpgrade>, file: string): void {
  const refuse = (option: string, says: string): never => {
    throw new UserError(`--plan and ${option} contradict each other: ${says}`, {
      where: file,
      state: 'nothing was changed',
      fix: `leave ${option} out, or make another plan`,
    });
  };
  if (given.to !== undefined && given.to !== planned.to) refuse('--to', `the plan goes to ${planned.to}`);
  if (given.surgeFirst && !planned.surgeFirst) refuse('--surge-first', 'the plan has the documented order');
}
