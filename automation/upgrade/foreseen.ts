import type { Environment } from '../../stacks/environment.ts';
import type { Layer } from '../../stacks/outputs.ts';
import { type LayerOutputs, Stacks } from '../stack/driver.ts';
import type { StackTarget } from './context.ts';

/**
 * Stacks as the steps so far lead to: what is deployed, at the releases that those steps bring. Only outputs are read
 * from it.
 */
export class ForeseenStacks extends Stacks {
  readonly #deployed: Stacks;
  readonly #reached = new Map<Layer, StackTarget['desired']>();

  constructor(environment: Environment, pulumiHome: string, deployed: Stacks) {
    super(environment, pulumiHome);
    this.#deployed = deployed;
  }

  /** From now on the stack is in this state. */
  reach({ layer, desired }: StackTarget): void {
    this.#reached.set(layer, desired);
  }

  override async outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined> {
    const outputs = await this.#deployed.outputs(layer);
    return outputs && { ...outputs, ...this.#reached.get(layer) };
  }
}
