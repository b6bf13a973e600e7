import type { DesiredState, Layer } from '../../environment/outputs.ts';
import { deliverModules } from '../delivery/deliver.ts';
import type { ResourceChange, StackPlan } from '../engine/changes/schema.ts';
import { updateEvents } from '../engine/changes/update-events.ts';
import { stackName } from '../engine/configuration.ts';
import { guardUpdate } from '../engine/guarded.ts';
import type { Desired } from '../engine/program.ts';
import type { StackTarget, UpgradeContext } from './context.ts';

/**
 * Updates one layer's stack to a desired state as part of a step, and reports what changed. It is previewed
 * first: an update that would delete or replace what holds data, or violates a policy, is refused. Of the modules' layer,
 * what ArgoCD delivers is pushed before and synced after it.
 */
export async function updateStack<L extends Layer>(
  context: UpgradeContext,
  layer: L,
  desired: Desired<L>,
): Promise<void> {
  const { stacks, signal, report, environment } = context;
  const stack = stackName(environment.name, layer);
  const onChange = ({ operation, urn, name }: ResourceChange) =>
    report({ type: 'resource', stack, op: operation, urn, name });
  const onUpdate = (plan: StackPlan) => updateEvents(plan).forEach(report);
  const { act, pass } = context;
  const guarding = {
    stacks,
    allow: context.allow,
    cluster: () => context.cluster,
    command: `kubezero upgrade ${environment.name}`,
    act,
  };
  if (layer === 'modules') {
    await deliverModules(
      { environment, stacks, signal, guarding, onChange, onUpdate, act, pass },
      desired as DesiredState['modules'],
    );
    return;
  }
  await guardUpdate(layer, await stacks.preview(layer, desired, { signal }), guarding);
  onUpdate(await stacks.up(layer, desired, { signal, onChange }));
}

/** {@link updateStack} to what a step's `target` says. */
export async function updateTo(context: UpgradeContext, { layer, desired }: StackTarget): Promise<void> {
  await updateStack(context, layer, desired);
}
