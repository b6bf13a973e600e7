import { loadApplication } from '../../stacks/application.ts';
import type { Environment } from '../../stacks/environment.ts';
import type { Layer } from '../../stacks/outputs.ts';
import { desiredFrom } from '../plan/desired.ts';
import type { Desired, Stacks } from '../stack/driver.ts';

/** Desired state of a layer with what is deployed now; see {@link desiredFrom}. */
export async function desiredOf<L extends Layer>(
  layer: L,
  environment: Environment,
  stacks: Stacks,
): Promise<Desired<L>> {
  return desiredFrom(layer, loadApplication(environment))(await stacks.outputs(layer));
}
