import type { Environment } from '../../environment/environment.ts';
import type { Layer, LayerOutputs } from '../../environment/outputs.ts';
import { notDeployed } from '../../stacks/upstream.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import type { StackTarget } from './context.ts';

/** Stacks as the steps so far lead to: what is deployed, at the releases that those steps bring. */
export class ForeseenStacks implements StackOutputs {
  readonly #environment: Environment;
  readonly #present: StackOutputs;
  readonly #reached = new Map<Layer, StackTarget['desired']>();

  constructor(environment: Environment, present: StackOutputs) {
    this.#environment = environment;
    this.#present = present;
  }

  /** From now on the stack is in this state. */
  reach({ layer, desired }: StackTarget): void {
    this.#reached.set(layer, desired);
  }

  async outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined> {
    const outputs = await this.#present.outputs(layer);
    return outputs && { ...outputs, ...this.#reached.get(layer) };
  }

  async deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]> {
    const outputs = await this.outputs(layer);
    if (outputs) return outputs;
    throw notDeployed(this.#environment.name, layer);
  }
}
