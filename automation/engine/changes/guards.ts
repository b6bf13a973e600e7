import { exitCode, UserError } from '../../../errors/index.ts';
import type { ResourceInputs } from './properties.ts';
import type { Guard, ResourceChange, StackPlan } from './schema.ts';

/** Objects that can't be made again, by Pulumi type. */
const kindsByType: Record<string, Guard['kind']> = {
  'aws:ebs/volume:Volume': 'etcd volume',
  'aws:s3/bucket:Bucket': 'backup bucket',
  'aws:s3/bucketV2:BucketV2': 'backup bucket',
  'aws:kms/key:Key': 'encryption key',
  'aws:route53/zone:Zone': 'hosted zone',
  'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition': 'custom resource definition',
  'kubernetes:apiextensions.k8s.io/v1beta1:CustomResourceDefinition': 'custom resource definition',
};

/** What is lost with each kind: where the object itself goes, and where it only leaves the stack. */
const losses: Record<Guard['kind'], { gone: string; kept: string }> = {
  'etcd volume': {
    gone: 'the etcd data of its controller is lost',
    kept: 'the volume stays in the account, outside of the stack; its controller’s etcd member doesn’t find its data any more',
  },
  'backup bucket': {
    gone: 'the cluster’s keys and etcd snapshots in it are lost',
    kept: 'the bucket stays in the account, outside of the stack; the cluster doesn’t find its keys and snapshots any more',
  },
  'encryption key': {
    gone: 'whatever is encrypted with it (volumes, backups) can’t be read any more',
    kept: 'the key stays in the account, outside of the stack; what it encrypted stays readable as long as nobody deletes it',
  },
  'hosted zone': {
    gone: 'its records are lost: the API servers’ name and those of services no longer resolve',
    kept: 'the zone stays in the account, outside of the stack; its records are no longer kept up',
  },
  'custom resource definition': {
    gone: 'every object of its kind is deleted with it',
    kept: 'the definition and its objects stay in the cluster, outside of the stack',
  },
  'protected resource': {
    gone: 'it is marked as protected, since it can’t be made again',
    kept: 'it is marked as protected; it stays where it is, outside of the stack',
  },
};

export interface GuardOptions {
  /** The object itself stays when it leaves the stack. */
  retainOnDelete?: boolean;
}

/**
 * Whether a change deletes or replaces something that must outlive machines and upgrades; `allowed` is false here.
 * @param inputs on both sides, as the engine gave them, secrets included.
 * @returns undefined where nothing is lost: also where a Kubernetes object only leaves the stack, and goes on being used
 * in the cluster. A volume, bucket, key or zone that leaves the stack isn't used any more: that counts.
 */
export function guardOf(
  change: ResourceChange,
  _inputs: ResourceInputs,
  { retainOnDelete = false }: GuardOptions = {},
): Guard | undefined {
  if (change.operation !== 'delete' && change.operation !== 'replace') return undefined;
  if (change.retained && !change.protected && change.type.startsWith('kubernetes:')) return undefined;
  const kind = kindsByType[change.type] ?? (change.protected ? 'protected resource' : undefined);
  if (!kind) return undefined;
  const kept = retainOnDelete || change.retained;
  return { kind, allowed: false, kept, loss: losses[kind][kept ? 'kept' : 'gone'], name: change.name };
}

/** Says how many objects go with a custom resource definition; undefined: nobody could tell. */
export function lossOfObjects(objects: number | undefined): string {
  if (objects === undefined) return `${losses['custom resource definition'].gone}; how many there are is unknown`;
  return objects === 1 ? 'the one object of its kind is deleted with it' : `${objects} objects are deleted with it`;
}

/** Changes of a plan that lose data and aren't allowed. */
export function destructive(plan: StackPlan): ResourceChange[] {
  return plan.changes.filter(({ guard }) => guard && !guard.allowed);
}

/**
 * Settles what each guarded change of an environment's plans is named with `--allow`: its logical name, `<stack>/<name>`
 * where another stack has one of that name, its URN where that isn't enough. Changes the plans.
 */
export function nameGuards(plans: readonly StackPlan[]): void {
  const found = guardedIn(plans);
  for (const { plan, change } of found) {
    const others = found.filter((other) => other.change.urn !== change.urn);
    const [short, long] = [change.name, `${plan.stack}/${change.name}`];
    const unique = (name: string) => !others.some((other) => namesOf(other).includes(name));
    change.guard!.name = [short, long].find(unique) ?? change.urn;
  }
}

/**
 * Marks what is allowed by name in all plans of an environment (the upgrade's too). Changes the plans.
 * @param names  as given with `--allow`
 * @param scope  what to say of the plans where a name is none, e.g. `kubezero up demo`
 * @throws UserError for a name that no guarded change has, or more than one.
 */
export function allowByName(plans: readonly StackPlan[], names: readonly string[], scope: string): void {
  nameGuards(plans);
  const found = guardedIn(plans);
  for (const name of names) {
    const meant = found.filter((one) => namesOf(one).includes(name));
    const urns = new Set(meant.map(({ change }) => change.urn));
    if (urns.size === 0) throw nothingNamed(name, found, scope);
    if (urns.size > 1) throw ambiguous(name, meant);
    for (const { change } of meant) change.guard!.allowed = true;
  }
}

interface GuardedChange {
  plan: StackPlan;
  change: ResourceChange;
}

function guardedIn(plans: readonly StackPlan[]): GuardedChange[] {
  return plans.flatMap((plan) => plan.changes.filter(({ guard }) => guard).map((change) => ({ plan, change })));
}

/** Everything that names it; which of them are unique is another question. */
function namesOf({ plan, change }: GuardedChange): string[] {
  return [change.name, `${plan.stack}/${change.name}`, change.urn];
}

function nothingNamed(name: string, found: GuardedChange[], scope: string): UserError {
  const names = [...new Set(found.map(({ change }) => change.guard!.name!))];
  return new UserError(`--allow ${name}: nothing of that name would be deleted or replaced that is guarded`, {
    where: '--allow',
    state: 'nothing was changed',
    fix:
      names.length > 0
        ? `guarded in ${scope}: ${names.join(', ')}`
        : `nothing that is guarded would be deleted or replaced by ${scope}: leave --allow out`,
  });
}

function ambiguous(name: string, meant: GuardedChange[]): UserError {
  const names = [...new Set(meant.map(({ change }) => change.guard!.name!))];
  return new UserError(`--allow ${name}: ${names.length} guarded resources have that name`, {
    where: '--allow',
    state: 'nothing was changed',
    fix: `say which: ${names.join(', ')}`,
  });
}

/** One line for each change that is refused: what, why, what is lost, how to allow it. */
export function describeGuarded({ operation, type, name, id, replaceKeys, guard }: ResourceChange): string {
  const cause =
    operation === 'replace'
      ? `because of ${replaceKeys.length > 0 ? replaceKeys.join(', ') : 'a property that its provider doesn’t name'}`
      : 'since the environment’s files no longer have it';
  const what = guard?.kind === 'protected resource' ? type : guard?.kind;
  return `would ${operation} ${name} (${what}${id ? ` ${id}` : ''}) ${cause}: ${guard?.loss}`;
}

/**
 * Refuses a plan that deletes or replaces something guarded which isn't allowed by name.
 * @param command  to say how it is run all the same, e.g. `kubezero up demo`
 * @throws UserError (exit code 7) naming resources, what forces it, what would be lost, and the `--allow` for each.
 */
export function refuseDestructive(plan: StackPlan, command: string): void {
  const dangers = destructive(plan);
  if (dangers.length === 0) return;
  const options = dangers.map(({ name, guard }) => `--allow ${quoted(guard?.name ?? name)}`);
  throw new UserError(`stack ${plan.stack} ${dangers.map(describeGuarded).join(`\nstack ${plan.stack} `)}`, {
    where: `stack ${plan.stack}`,
    state: 'nothing of this stack was changed',
    fix: `undo the change of the environment’s files that causes it; or, where that is meant: ${command} ${options.join(' ')}`,
    exitCode: exitCode.guarded,
  });
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
