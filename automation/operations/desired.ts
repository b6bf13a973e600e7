import { loadApplication } from '../../application/application-file.ts';
import type { Environment } from '../../environment/environment.ts';
import type { Layer } from '../../environment/outputs.ts';
import type { Desired } from '../engine/program.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import { desiredFrom } from '../plan/desired.ts';

/** Desired state of a layer with what is deployed now; see {@link desiredFrom}. */
export async function desiredOf<L extends Layer>(
  layer: L,
  environment: Environment,
  stacks: StackOutputs,
): Promise<Desired<L>> {
  return desiredFrom(layer, loadApplication(environment))(await stacks.outputs(layer));
}
