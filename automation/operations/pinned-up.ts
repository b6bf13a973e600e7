import type { Environment } from '../../environment/environment.ts';
import { type Layer, layers, type ModulesOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { isPassing } from '../../stacks/delivery.ts';
import type { Engine } from '../engine/engine.ts';
import { buildPlan } from '../plan/build.ts';
import { manifestDifferences } from '../plan/compare.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { openPlan, worldMoved } from '../plan/open.ts';
import type { PinnedStacks } from '../plan/pinned-stacks.ts';
import type { EventBody } from '../report/events.ts';

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
  /** Says that the run is held to the plan. */
  verified: EventBody;
}

/**
 * Opens a plan for `up`: the world must be as it was, and a fresh preview of every stack must be what was planned, before
 * the first is touched. Stacks that read from one that the plan changes are previewed once more when it is their turn.
 * @throws UserError (exit code 9) naming every difference.
 */
export async function openUp(
  file: string,
  environment: Environment,
  engine: Engine,
  signal: AbortSignal,
): Promise<PinnedUp> {
  const { plan, stacks } = await openPlan(file, 'up', environment, engine);
  const planned = plan.stacks.filter(({ basis }) => basis.kind !== 'upstream-not-deployed');
  const chosen = layers.filter((layer) => planned.some((each) => each.layer === layer));
  if (chosen.includes('modules')) refuseHandOver(environment, await stacks.outputs('modules'));
  stacks.expect({ stacks: planned, strictness: 'exactly' });
  const present = await buildPlan({ environment, stacks, charts: engine.charts, layers: chosen, signal });
  const differences = [
    ...planned.flatMap((each) => {
      const fresh = present.stacks.find(({ stack }) => stack === each.stack);
      return fresh ? stacks.differences(fresh) : [];
    }),
    ...manifestDifferences(plan.manifests, present.manifests),
  ];
  if (differences.length > 0) throw worldMoved(plan, file, differences);
  return {
    stacks,
    layers: chosen,
    unplanned: plan.stacks.filter((each) => !planned.includes(each)).map(({ stack }) => stack),
    done: !isSettled(plan) && isSettled(present),
    allowed: plan.allowed ?? [],
    verified: { type: 'plan-pinned', file, planned: plan.at, stacks: planned.map(({ stack }) => stack) },
  };
}

/** Each of the updates that it takes follows from the one before: no preview has them all. */
function refuseHandOver(environment: Environment, deployed: ModulesOutputs | undefined): void {
  const phases = deployed?.delivery ?? {};
  const others = Object.values(phases).filter((phase) => phase !== 'pulumi');
  const changes = environment.delivery === 'pulumi' ? others.length > 0 : deployed !== undefined && others.length === 0;
  if (!changes && !isPassing(phases)) return;
  throw new UserError('who delivers the modules is about to change: that takes several updates, which no plan has', {
    where: `${environment.name}/environment.yaml: delivery`,
    state: 'nothing was changed',
    fix: `run it without --plan: kubezero up ${environment.name}`,
    exitCode: exitCode.blocked,
  });
}

/** Nothing is pending. */
function isSettled({ stacks, manifests = [] }: EnvironmentPlan): boolean {
  return stacks.every(({ changes, outputs }) => changes.length + outputs.length === 0) && manifests.length === 0;
}
