import type { Layer } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { Cluster } from '../live/kubernetes/client.ts';
import { allowByName, lossOfObjects, nameGuards, refuseDestructive } from './changes/guards.ts';
import type { ResourceChange, StackPlan } from './changes/schema.ts';
import { mandatoryViolations } from './changes/violations.ts';
import type { StackWriter } from './stacks.ts';

/** Longest time to wait for the cluster to say how many objects a definition has, in milliseconds. */
const patience = 10_000;

/**
 * Asks the cluster for the objects of every custom resource definition that plans would delete or replace: a definition
 * without objects isn't guarded; where the cluster can't be asked, it is. Changes the plans.
 * @param open  opens the cluster; may throw where there is none
 */
export async function countGuardedObjects(plans: readonly StackPlan[], open: Allowing['cluster']): Promise<void> {
  const asked = new Map<string, Promise<number | undefined>>();
  const changes = plans.flatMap((plan) => plan.changes).filter(isDefinition);
  await Promise.all(
    changes.map(async (change) => {
      const name = definitionName(change);
      if (!asked.has(name)) asked.set(name, count(name, open));
      const objects = await asked.get(name);
      if (objects === 0) delete change.guard;
      else if (change.guard && !change.guard.kept) {
        change.guard.loss = lossOfObjects(objects);
        if (objects !== undefined) change.guard.objects = objects;
      }
    }),
  );
}

function isDefinition({ guard }: ResourceChange): boolean {
  return guard?.kind === 'custom resource definition';
}

/** Kubernetes objects without a namespace have their name for an id. */
function definitionName({ id, name }: ResourceChange): string {
  return id ?? name;
}

async function count(definition: string, open: Allowing['cluster']): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patience, undefined);
  });
  try {
    // The cluster's client is large, and most plans don't need it.
    const { countObjects } = await import('../live/kubernetes/custom-objects.ts');
    return await Promise.race([countObjects(await open(), definition), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** What the operator allows. */
export interface Allowing {
  /** What may be deleted or replaced all the same, as given with `--allow`. */
  allow?: readonly string[];
  /** Opens the cluster; may throw where there is none. */
  cluster(): Cluster | Promise<Cluster>;
  /** The command that is run, for messages: `kubezero up demo`. */
  command: string;
}

/** What an update needs that may have to take protection off. */
export interface Guarding extends Allowing {
  stacks: Pick<StackWriter, 'unprotect'>;
  /** Reports an action beside the stack. */
  act(what: string, object: string): void;
}

/**
 * Checks plans against what may be deleted or replaced before any of it is carried out.
 * @throws UserError for an `--allow` that names nothing guarded in any of the plans
 */
export async function checkAllowed(plans: readonly StackPlan[], { allow, cluster, command }: Allowing): Promise<void> {
  await countGuardedObjects(plans, cluster);
  allowByName(plans, allow ?? [], command);
}

/**
 * Makes way for an update that its preview is known of: refuses it where it would delete or replace something guarded;
 * what is allowed by name and protected by the engine is unprotected, exactly that.
 * @throws UserError (exit code 7) where something guarded isn't allowed
 */
export async function guardUpdate(layer: Layer, plan: StackPlan, guarding: Guarding): Promise<void> {
  await countGuardedObjects([plan], guarding.cluster);
  nameGuards([plan]);
  for (const change of plan.changes) if (change.guard && isAllowed(plan, change, guarding)) change.guard.allowed = true;
  refuseViolations(plan);
  refuseDestructive(plan, guarding.command);
  if (plan.failure) throw unfinished(plan);
  for (const change of plan.changes) {
    if (!change.guard?.allowed || !change.protected) continue;
    await guarding.stacks.unprotect(layer, change.urn);
    guarding.act('unprotect', `${change.name} (${change.guard.kind}): ${change.guard.loss}`);
  }
}

/** @throws UserError (exit code 7) where a mandatory policy is violated, naming resources and policies */
function refuseViolations(plan: StackPlan): void {
  const violations = mandatoryViolations(plan);
  if (violations.length === 0) return;
  throw new UserError(`stack ${plan.stack} violates ${violations.join('\n')}`, {
    where: `stack ${plan.stack}`,
    state: 'nothing of this stack was changed',
    fix: 'undo the change of the environment’s files that violates it, or have the policy changed',
    exitCode: exitCode.guarded,
  });
}

function unfinished({ stack, failure }: StackPlan): UserError {
  return new UserError(`stack ${stack} can’t be previewed to its end: ${failure}`, {
    where: `stack ${stack}`,
    state: 'nothing of this stack was changed',
    fix: 'mend the cause, then run the same command again',
    exitCode: exitCode.blocked,
  });
}

function isAllowed(plan: StackPlan, { name, urn }: ResourceChange, { allow }: Allowing): boolean {
  return [name, `${plan.stack}/${name}`, urn].some((one) => allow?.includes(one));
}
