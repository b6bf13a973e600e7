import type { Deployment } from '@pulumi/pulumi/automation/index.js';
import type { Layer, LayerOutputs } from '../../environment/outputs.ts';
import type { ProgramOptions } from '../../stacks/index.ts';
import type { ResourceChange, StackPlan } from './changes/schema.ts';
import type { Desired, DesiredFrom } from './program.ts';

/** What the stacks of an environment export. */
export interface StackOutputs {
  /** What the stack exports, or undefined where it isn't deployed. */
  outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined>;
  /** Like {@link outputs}. @throws UserError where the stack isn't deployed yet. */
  deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]>;
}

/** The stacks of an environment, for what only looks at them. */
export interface StackReader extends StackOutputs {
  /** The stack's state, its secrets in clear: to compare with, never to be written anywhere. */
  exported(layer: Layer): Promise<Deployment>;
  /**
   * What an update to this desired state would change. Changes nothing, takes no lock.
   * What is protected is no hindrance: `guard` of its change says so.
   * @returns where the engine refuses (a mandatory policy is violated) or gives up half-way, what it found until then, with
   * `failure`.
   * @throws NotDeployed where a stack that this one reads isn't deployed; UserError where it didn't come to find any
   * changes, or the stack's program fails.
   */
  preview<L extends Layer>(
    layer: L,
    desired?: Desired<L> | DesiredFrom<L>,
    options?: StackOperationOptions,
  ): Promise<StackPlan>;
  /**
   * What the world has and the stack doesn't know: resources that were changed or deleted behind its back. Before and
   * after of its changes are as the stack has it, and as it is. Changes nothing, takes no lock.
   * @returns like {@link preview}; of a stack that isn't there, no changes.
   */
  refresh(layer: Layer, options?: Pick<StackOperationOptions, 'signal' | 'onChange'>): Promise<StackPlan>;
  /** Seconds the engine worked, for the benchmark's split; of operations side by side, each one's. */
  readonly engineSeconds: number;
}

/** The stacks of an environment, for what updates them. Who takes them down needs the `Stacks` themselves. */
export interface StackWriter extends StackReader {
  /**
   * Updates a layer to a desired state, which is written to the stack's configuration first, so that `pulumi up` from
   * a shell sees the same.
   */
  up<L extends Layer>(layer: L, desired?: Desired<L>, options?: StackOperationOptions): Promise<StackPlan>;
  /**
   * Takes the engine's own protection off one resource, so that an update may delete or replace it; the next update puts
   * it on again where the program says so.
   */
  unprotect(layer: Layer, urn: string): Promise<void>;
}

export interface StackOperationOptions extends ProgramOptions {
  signal?: AbortSignal;
  onChange?: (change: ResourceChange) => void;
}
