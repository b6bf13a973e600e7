import type { DesiredState, Layer } from '../../stacks/outputs.ts';
import type { ResourceChange, StackPlan } from '../changes/schema.ts';
import { updateEvents } from '../changes/update-events.ts';
import { deliverModules } from '../delivery/deliver.ts';
import { stackName } from '../stack/configuration.ts';
import type { Desired } from '../stack/driver.ts';
import { guardUpdate } from '../stack/guarded.ts';
import type { StackTarget, UpgradeContext } from './context.ts';

/**
 * Updates one layer's stack to a desired state as part of a step, and reports what changed. Layers that hold cluster
 * data are previewed first: an update that would delete or replace any of it is refused. Of the modules' layer, what
 * ArgoCD delivers is pushed before and synced after it.
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
  if (layer === 'modules') {
    const { act, pass } = context;
    await deliverModules(
      { environment, stacks, signal, onChange, onUpdate, act, pass },
      desired as DesiredState['modules'],
    );
    return;
  }
  if (layer === 'controllers' || layer === 'network')
    await guardUpdate(layer, await stacks.preview(layer, desired, { signal }), {
      stacks,
      allow: context.allow,
      cluster: () => context.cluster,
      command: `kubezero upgrade ${environment.name}`,
      act: context.act,
    });
  onUpdate(await stacks.up(layer, desired, { signal, onChange }));
}

/** {@link updateStack} to what a step's `target` says. */
export async function updateTo(context: UpgradeContext, { layer, desired }: StackTarget): Promise<void> {
  await updateStack(context, layer, desired);
}
