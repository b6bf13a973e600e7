import { dirname } from 'node:path';
import { LocalWorkspace, StackNotFoundError } from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../environment/environment.ts';
import type { Layer, LayerOutputs } from '../../environment/outputs.ts';
import { stackName } from './configuration.ts';
import type { Engine } from './engine.ts';
import { workspaceOptions } from './workspace.ts';

/**
 * Outputs of a layer, for who gets by without them. Changes nothing, also where no project is.
 * @returns a reason where there are none: the end of a sentence that starts with the stack's name
 */
export async function readableOutputs<L extends Layer>(
  environment: Environment,
  layer: L,
  engine: Engine,
): Promise<LayerOutputs[L] | { reason: string }> {
  try {
    const options = { workDir: dirname(environment.directory), ...(await workspaceOptions(engine)) };
    const workspace = await LocalWorkspace.create(options);
    const outputs = Object.entries(await workspace.stackOutputs(stackName(environment.name, layer)));
    if (outputs.length === 0) return { reason: "isn't deployed" };
    return Object.fromEntries(outputs.map(([key, { value }]) => [key, value])) as unknown as LayerOutputs[L];
  } catch (error) {
    return { reason: error instanceof StackNotFoundError ? "isn't deployed" : "can't be read here" };
  }
}
