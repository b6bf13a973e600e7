import { dirname } from 'node:path';
import {
  ConcurrentUpdateError,
  type Deployment,
  LocalWorkspace,
  type OutputMap,
  type PulumiFn,
  type Stack,
} from '@pulumi/pulumi/automation/index.js';
import { UserError } from '../../errors/index.ts';
import type { ManifestFile } from '../../stacks/delivery.ts';
import type { Environment } from '../../stacks/environment.ts';
import { programFor } from '../../stacks/index.ts';
import type {
  ControllersOutputs,
  DesiredState,
  Layer,
  ModulesOutputs,
  NetworkOutputs,
  WorkersOutputs,
} from '../../stacks/outputs.ts';
import { notDeployed } from '../../stacks/upstream.ts';
import { PlanBuilder } from '../changes/builder.ts';
import type { ResourceChange, StackPlan } from '../changes/schema.ts';
import { stackName, writeDesiredState } from './configuration.ts';
import { explainEngineError } from './errors.ts';
import { unlockIfAbandoned } from './lock.ts';

/** Outputs of each layer's stack. */
export interface LayerOutputs {
  network: NetworkOutputs;
  controllers: ControllersOutputs;
  workers: WorkersOutputs;
  modules: ModulesOutputs;
}

/** Desired state that an update of a layer may be given; the network layer follows no release. */
export type Desired<L extends Layer> = L extends keyof DesiredState ? DesiredState[L] : undefined;

export interface StackOperationOptions {
  signal?: AbortSignal;
  onChange?: (change: ResourceChange) => void;
  /** Told the manifests that ArgoCD is to find in git, where it delivers the modules. */
  onManifests?: (files: ManifestFile[]) => void;
}

/**
 * The four stacks of one environment, driven through the Automation API with inline programs: one process, no second
 * Node.js. Outputs are read once and kept until the next update of that stack.
 */
export class Stacks {
  readonly #environment: Environment;
  readonly #pulumiHome: string;
  readonly #open = new Map<Layer, Promise<Stack>>();
  readonly #outputs = new Map<Layer, unknown>();
  #programError: unknown;
  /** Seconds the engine worked, for the benchmark's split. */
  engineSeconds = 0;

  constructor(environment: Environment, pulumiHome: string) {
    this.#environment = environment;
    this.#pulumiHome = pulumiHome;
  }

  /** What the stack exports, or undefined where it isn't deployed. */
  async outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined> {
    if (!this.#outputs.has(layer)) {
      const stack = await this.#stack(layer);
      this.#keep(layer, await this.#engine(layer, () => stack.outputs()));
    }
    return this.#outputs.get(layer) as LayerOutputs[L] | undefined;
  }

  /** Like {@link outputs}. @throws UserError where the stack isn't deployed yet. */
  async deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]> {
    const outputs = await this.outputs(layer);
    if (outputs) return outputs;
    throw notDeployed(this.#environment.name, layer);
  }

  /** The stack's state, its secrets in clear: to compare with, never to be written anywhere. */
  async exported(layer: Layer): Promise<Deployment> {
    const stack = await this.#stack(layer);
    return this.#engine(layer, () => stack.exportStack());
  }

  /** What an update to this desired state would change. Changes nothing, takes no lock. */
  async preview<L extends Layer>(
    layer: L,
    desired?: Desired<L>,
    options: StackOperationOptions = {},
  ): Promise<StackPlan> {
    const stack = await this.#stack(layer);
    const builder = new PlanBuilder(stack.name, layer, options);
    await this.#engine(
      layer,
      () =>
        stack.preview({
          program: this.#program(layer, desired, options),
          onEvent: (event) => builder.add(event),
          signal: ownSignal(options),
          color: 'never',
        }),
      builder,
    );
    return builder.plan();
  }

  /**
   * Updates a layer to a desired state, which is written to the stack's configuration first, so that `pulumi up` from
   * a shell sees the same.
   */
  async up<L extends Layer>(layer: L, desired?: Desired<L>, options: StackOperationOptions = {}): Promise<StackPlan> {
    const stack = await this.#stack(layer);
    if (desired) writeDesiredState(this.#environment.directory, stack.name, desired);
    const builder = new PlanBuilder(stack.name, layer, options);
    const { outputs } = await this.#whenUnlocked(stack, () =>
      this.#engine(
        layer,
        () =>
          stack.up({
            program: this.#program(layer, desired, options),
            onEvent: (event) => builder.add(event),
            signal: ownSignal(options),
            color: 'never',
            suppressOutputs: true,
          }),
        builder,
      ),
    );
    this.#keep(layer, outputs);
    return builder.plan();
  }

  /** Deletes everything of a layer; protected data is left behind, out of the stack. */
  async destroy(layer: Layer, options: StackOperationOptions = {}): Promise<StackPlan> {
    const stack = await this.#stack(layer);
    const builder = new PlanBuilder(stack.name, layer, options);
    await this.#whenUnlocked(stack, () =>
      this.#engine(
        layer,
        () =>
          stack.destroy({
            onEvent: (event) => builder.add(event),
            signal: ownSignal(options),
            color: 'never',
            excludeProtected: true,
          }),
        builder,
      ),
    );
    this.#outputs.delete(layer);
    return builder.plan();
  }

  #keep(layer: Layer, map: OutputMap): void {
    const values = Object.fromEntries(Object.entries(map).map(([key, output]) => [key, output.value]));
    this.#outputs.set(layer, Object.keys(values).length > 0 ? values : undefined);
  }

  #stack(layer: Layer): Promise<Stack> {
    let stack = this.#open.get(layer);
    if (!stack) {
      const name = stackName(this.#environment.name, layer);
      stack = this.#engine(layer, () =>
        LocalWorkspace.createOrSelectStack(
          { stackName: name, projectName: 'kubezero', program: this.#program(layer) },
          { workDir: dirname(this.#environment.directory), pulumiHome: this.#pulumiHome },
        ),
      );
      this.#open.set(layer, stack);
      stack.catch(() => this.#open.delete(layer));
    }
    return stack;
  }

  /** The layer's program; an error of ours inside it is kept, since the engine only passes on its text. */
  #program<L extends Layer>(layer: L, desired?: Desired<L>, { onManifests }: StackOperationOptions = {}): PulumiFn {
    const program = programFor(this.#environment, layer, desired, { onManifests });
    return async () => {
      try {
        return await program();
      } catch (error) {
        this.#programError = error;
        throw error;
      }
    };
  }

  async #engine<T>(layer: Layer, operation: () => Promise<T>, builder?: PlanBuilder): Promise<T> {
    const started = performance.now();
    this.#programError = undefined;
    try {
      return await operation();
    } catch (error) {
      if (this.#programError instanceof UserError) throw this.#programError;
      throw explainEngineError(
        error,
        stackName(this.#environment.name, layer),
        this.#environment.name,
        builder?.plan(),
      );
    } finally {
      this.engineSeconds += (performance.now() - started) / 1000;
    }
  }

  /** A run that was killed leaves its stack locked: take the lock away where its owner is gone, else wait for it. */
  async #whenUnlocked<T>(stack: Stack, operation: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await operation();
      } catch (error) {
        const locked =
          error instanceof ConcurrentUpdateError || (error as Error).cause instanceof ConcurrentUpdateError;
        if (!locked || attempt >= 20) throw error;
        await unlockIfAbandoned(stack, error);
      }
    }
  }
}

/**
 * The engine's library never takes its listener off the signal it is given: each operation gets one of its own, or a run
 * of many operations would be taken for a leak.
 */
function ownSignal({ signal }: StackOperationOptions): AbortSignal | undefined {
  return signal && AbortSignal.any([signal]);
}
