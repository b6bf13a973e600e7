import type { Environment } from '../../environment/environment.ts';
import { Stacks } from '../engine/driver.ts';
import type { Engine } from '../engine/engine.ts';
import { openAws } from '../live/aws/index.ts';
import type { WaitingTimes } from '../live/gates/waiting-times.ts';
import { openGit } from '../live/git.ts';
import type { UpgradePlan } from '../plan/document.ts';
import { clusterOrAway } from './cluster-away.ts';
import { orderedSteps } from './order.ts';
import { planUpgrade } from './plan.ts';
import { chooseUpgrade, shadowEnvironment } from './setup.ts';

export interface UpgradePlanRequest {
  /** Release to plan for. */
  to: string;
  /** New workers before the Istio steps. Default: false. */
  surgeFirst?: boolean;
  engine: Engine;
  /** For what the steps' gates are called. */
  options: WaitingTimes;
  /** Stacks of the environment, where outputs were read already. */
  stacks?: Stacks;
  signal?: AbortSignal;
}

/**
 * The upgrade of an environment to a release, with all of its steps; changes nothing, plans on a copy of the files.
 * @throws UserError where there is no such upgrade: see {@link chooseUpgrade}.
 */
export async function upgradePlanOf(
  environment: Environment,
  { to, surgeFirst = false, engine, options, stacks = new Stacks(environment, engine), signal }: UpgradePlanRequest,
): Promise<UpgradePlan> {
  const chosen = await chooseUpgrade(environment, to, stacks);
  const steps = orderedSteps(chosen.upgrade, { surgeFirst });
  const shadow = shadowEnvironment(environment);
  try {
    const setup = {
      ...chosen,
      environment: shadow.environment,
      workingTree: environment.directory,
      upgrade: { ...chosen.upgrade, steps },
      aws: openAws(),
      git: openGit({ environment: shadow.environment, workingTree: environment.directory }),
      cluster: clusterOrAway(environment.kubeContext),
      stacks: new Stacks(shadow.environment, engine),
      engine,
      options,
      signal: signal ?? new AbortController().signal,
      report: () => undefined,
    };
    return { from: chosen.from.id, to: chosen.to.id, surgeFirst, steps: await planUpgrade(setup, steps) };
  } finally {
    shadow.dispose();
  }
}
