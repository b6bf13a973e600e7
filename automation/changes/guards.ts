import { exitCode, UserError } from '../../errors/index.ts';
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

/**
 * Whether a change deletes or replaces something that must outlive machines and upgrades; `allowed` is false here.
 * @param inputs on both sides, as the engine gave them, secrets included.
 * @returns undefined where nothing is lost: also where the object only leaves the stack.
 */
export function guardOf(change: ResourceChange, _inputs: ResourceInputs): Guard | undefined {
  if ((change.operation !== 'delete' && change.operation !== 'replace') || change.retained) return undefined;
  const kind = kindsByType[change.type] ?? (change.protected ? 'protected resource' : undefined);
  return kind && { kind, allowed: false };
}

/** Changes of a plan that lose data and aren't allowed. */
export function destructive(plan: StackPlan): ResourceChange[] {
  return plan.changes.filter(({ guard }) => guard && !guard.allowed);
}

/** Refuses a plan that deletes or replaces cluster data. @throws UserError naming the resources. */
export function refuseDestructive(plan: StackPlan): void {
  const dangers = destructive(plan);
  if (dangers.length === 0) return;
  throw new UserError(
    `stack ${plan.stack} would ${dangers.map((d) => `${d.operation} ${d.name} (${d.type})${d.replaceKeys.length > 0 ? ` because of ${d.replaceKeys.join(', ')}` : ''}`).join('; ')}`,
    {
      where: `stack ${plan.stack}`,
      state: 'nothing was changed',
      fix: 'cluster data is never deleted or replaced by an update: undo the change in environment.yaml that causes it',
      exitCode: exitCode.guarded,
    },
  );
}
