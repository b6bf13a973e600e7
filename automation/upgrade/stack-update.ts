import type { Layer } from '../../stacks/outputs.ts';
import type { Desired } from '../stack/driver.ts';
import { countChanges, refuseDestructive } from '../stack/plan.ts';
import type { UpgradeContext } from './context.ts';

/**
 * Updates one layer's stack to a desired state as part of a step, and reports what changed. Layers that hold cluster
 * data are previewed first: an update that would delete or replace any of it is refused.
 */
export async function updateStack<L extends Layer>(
  context: UpgradeContext,
  layer: L,
  desired: Desired<L>,
): Promise<void> {
  const { stacks, signal, report } = context;
  if (layer === 'controllers' || layer === 'network')
    refuseDestructive(await stacks.preview(layer, desired, { signal }));
  const stack = `${context.environment.name}-${layer}`;
  const plan = await stacks.up(layer, desired, {
    signal,
    onChange: ({ operation, urn, name }) => report({ type: 'resource', stack, op: operation, urn, name }),
  });
  report({ type: 'stack-update', stack, changes: countChanges(plan) });
}
