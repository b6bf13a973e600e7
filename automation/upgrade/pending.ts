import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newestRelease, type ReleaseId } from '../../releases/release.ts';
import { loadApplication } from '../../stacks/application.ts';
import type { Environment } from '../../stacks/environment.ts';
import { waitingTimes } from '../gates/waiting-times.ts';
import type { UpgradePlan } from '../plan/document.ts';
import { Stacks } from '../stack/driver.ts';
import { clusterOrAway } from './cluster-away.ts';
import { orderedSteps } from './order.ts';
import { planUpgrade } from './plan.ts';
import { chooseUpgrade, shadowEnvironment } from './setup.ts';

export interface UpgradePlanRequest {
  /** Release to plan for. Absent: that of application.yaml, or the newest one that anything is deployed at already. */
  to?: string;
  /** New workers before the Istio steps. Default: false. */
  surgeFirst?: boolean;
  /** Pulumi's home. */
  home: string;
  /** Stacks of the environment, where outputs were read already. */
  stacks?: Stacks;
  signal?: AbortSignal;
}

/**
 * The upgrade that is pending in an environment, with all of its steps; changes nothing, plans on a copy of the files.
 * @returns undefined where none is: nothing is deployed, or everything is at the release of the files. Never so where `to`
 * is given.
 * @throws UserError where there is no such upgrade: see {@link chooseUpgrade}.
 */
export async function upgradePlanOf(
  environment: Environment,
  { to, surgeFirst = false, home, stacks = new Stacks(environment, home), signal }: UpgradePlanRequest,
): Promise<UpgradePlan | undefined> {
  const target = to ?? (await pendingRelease(environment, stacks));
  if (target === undefined) return undefined;
  const chosen = await chooseUpgrade(environment, target, stacks);
  const steps = orderedSteps(chosen.upgrade, { surgeFirst });
  const shadow = shadowEnvironment(environment);
  try {
    const setup = {
      ...chosen,
      environment: shadow.environment,
      workingTree: environment.directory,
      upgrade: { ...chosen.upgrade, steps },
      cluster: clusterOrAway(environment.kubeContext),
      stacks: new Stacks(shadow.environment, home),
      home,
      options: waitingTimes(),
      signal: signal ?? new AbortController().signal,
      report: () => undefined,
    };
    return { from: chosen.from.id, to: chosen.to.id, surgeFirst, steps: await planUpgrade(setup, steps) };
  } finally {
    shadow.dispose();
  }
}

/** Release of an upgrade that isn't finished: the files are ahead, or some of what is deployed is. */
async function pendingRelease(environment: Environment, stacks: Stacks): Promise<ReleaseId | undefined> {
  const [controllers, workers, modules] = await Promise.all([
    stacks.outputs('controllers'),
    stacks.outputs('workers'),
    stacks.outputs('modules'),
  ]);
  if (!controllers || !workers || !modules) return undefined;
  const present = [
    loadApplication(environment).release,
    controllers.release,
    workers.release,
    ...Object.values(modules.releases),
    ...Object.values(modules.crds),
  ];
  const newest = newestRelease(present);
  const previous = join(environment.directory, environment.name, 'application.previous.yaml');
  const unfinished = workers.surge || existsSync(previous) || present.some((id) => id !== newest);
  return unfinished ? newest : undefined;
}
