import {
  ConcurrentUpdateError,
  type Deployment,
  type Stack,
  StackNotFoundError,
} from '@pulumi/pulumi/automation/index.js';
import type { Environment } from '../../environment/environment.ts';
import { type Layer, type LayerOutputs, upstreamOf } from '../../environment/outputs.ts';
import { UserError } from '../../errors/index.ts';
import { ownSignal } from '../../pulumi/command.ts';
import { notDeployed } from '../../stacks/upstream.ts';
import { PlanBuilder } from './changes/builder.ts';
import type { StackPlan } from './changes/schema.ts';
import { stackName, writeDesiredState } from './configuration.ts';
import type { Engine } from './engine.ts';
import { explainEngineError } from './errors.ts';
import { collectGarbage } from './garbage.ts';
import { unlockIfAbandoned } from './lock.ts';
import { launchersOf } from './policy-packs.ts';
import { type Desired, type DesiredFrom, layerProgram, type Program, presentOnly } from './program.ts';
import type { StackOperationOptions, StackWriter } from './stacks.ts';
import { Workspace } from './workspace.ts';

export type { Desired, DesiredFrom };

/**
 * The four stacks of one environment, driven through the Automation API with inline programs: one process, no second
 * Node.js. Operations on different stacks may run side by side. Outputs are read once and kept until the next update of
 * that stack.
 */
export class Stacks implements StackWriter {
  readonly #environment: Environment;
  readonly #workspace: Workspace;
  readonly #engine: Engine;
  readonly #outputs = new Map<Layer, Promise<unknown>>();
  engineSeconds = 0;

  constructor(environment: Environment, engine: Engine) {
    this.#environment = environment;
    this.#workspace = new Workspace(environment, engine);
    this.#engine = engine;
  }

  async outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined> {
    let outputs = this.#outputs.get(layer);
    if (!outputs) {
      outputs = this.#readOutputs(layer);
      this.#outputs.set(layer, outputs);
      outputs.catch(() => this.#outputs.delete(layer));
    }
    return (await outputs) as LayerOutputs[L] | undefined;
  }

  async deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]> {
    const outputs = await this.outputs(layer);
    if (outputs) return outputs;
    throw notDeployed(this.#environment.name, layer);
  }

  async exported(layer: Layer): Promise<Deployment> {
    const nothing: Deployment = { version: 3, deployment: {} };
    return this.#drive(layer, async (stack) => stack.exportStack().catch(this.#unlessMissing(stack, nothing)));
  }

  async preview<L extends Layer>(
    layer: L,
    desired?: Desired<L> | DesiredFrom<L>,
    options: StackOperationOptions = {},
  ): Promise<StackPlan> {
    const builder = this.#builder(layer, options);
    const program = layerProgram(this.#environment, layer, this.#engine.charts, desired, options);
    await this.#look(layer, builder, program, options.signal, async (stack) => {
      const preview = () =>
        stack.preview({ ...engineOptions(builder, options), policyPacks: this.#policyPacks(), program: program.run });
      await preview().catch(async (error) => {
        if (!(error instanceof StackNotFoundError)) throw error;
        // Without those there is nothing to compute: then no stack is made for it either.
        for (const upstream of upstreamOf[layer]) await this.deployed(upstream);
        await this.#workspace.create(stack.name);
        await preview();
      });
    });
    return builder.plan();
  }

  async refresh(layer: Layer, options: Pick<StackOperationOptions, 'signal' | 'onChange'> = {}): Promise<StackPlan> {
    const builder = this.#builder(layer, options, { refresh: true });
    await this.#look(layer, builder, undefined, options.signal, async (stack) => {
      await stack.previewRefresh(engineOptions(builder, options)).catch(this.#unlessMissing<unknown>(stack, undefined));
    });
    return builder.plan();
  }

  async up<L extends Layer>(layer: L, desired?: Desired<L>, options: StackOperationOptions = {}): Promise<StackPlan> {
    const name = stackName(this.#environment.name, layer);
    if (desired) writeDesiredState(this.#environment.directory, name, desired);
    const builder = this.#builder(layer, options);
    const program = layerProgram(this.#environment, layer, this.#engine.charts, desired, options);
    const update = (stack: Stack) =>
      stack.up({
        ...engineOptions(builder, options),
        policyPacks: this.#policyPacks(),
        program: program.run,
        suppressOutputs: true,
      });
    // Of the preview that guards this update.
    collectGarbage();
    const started = performance.now();
    const { outputs } = await this.#whenUnlocked(
      layer,
      async (stack) => {
        try {
          return await update(stack);
        } catch (error) {
          if (!(error instanceof StackNotFoundError)) throw error;
          await this.#workspace.create(name);
          return await update(stack);
        }
      },
      { builder, program },
    );
    collectGarbage();
    this.#keep(layer, Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, output.value])));
    return { ...builder.plan(), seconds: secondsSince(started) };
  }

  async unprotect(layer: Layer, urn: string): Promise<void> {
    await this.#whenUnlocked(layer, (stack) => this.#workspace.unprotect(stack.name, urn), {});
  }

  /** Deletes everything of a layer but protected data, which stays in the stack as well: the next update goes on with it. */
  async destroy(layer: Layer, options: StackOperationOptions = {}): Promise<StackPlan> {
    const builder = this.#builder(layer, options);
    const started = performance.now();
    await this.#whenUnlocked(
      layer,
      async (stack) => {
        await stack
          .destroy({ ...engineOptions(builder, options), excludeProtected: true })
          .catch(this.#unlessMissing<unknown>(stack, undefined));
      },
      { builder },
    );
    this.#outputs.delete(layer);
    return { ...builder.plan(), seconds: secondsSince(started) };
  }

  async #readOutputs(layer: Layer): Promise<Record<string, unknown> | undefined> {
    const values = await this.#drive(layer, async (stack) => {
      const read = await this.#workspace.readOutputs(stack.name);
      if (read) return read;
      // Said again by the library, which knows its errors apart.
      const outputs = await stack.outputs().catch(this.#unlessMissing(stack, {}));
      return Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, output.value]));
    });
    return presentOnly(values);
  }

  /** What to take for a stack that isn't there. */
  #unlessMissing<T>({ name }: Stack, instead: T): (error: unknown) => Promise<T> {
    return async (error) => {
      if (!(error instanceof StackNotFoundError) || (await this.#workspace.has(name))) throw error;
      return instead;
    };
  }

  #keep(layer: Layer, values: Record<string, unknown>): void {
    this.#outputs.set(layer, Promise.resolve(presentOnly(values)));
  }

  #builder(layer: Layer, { onChange }: StackOperationOptions, more: { refresh?: boolean } = {}): PlanBuilder {
    return new PlanBuilder(stackName(this.#environment.name, layer), layer, { onChange, ...more });
  }

  /** Policy packs of the environment, as the engine is given them. */
  #policyPacks(): string[] {
    return launchersOf(this.#environment.policyPacks, this.#engine.variables.PULUMI_HOME);
  }

  /** Runs an operation that only looks; where the engine gives up, what it found until then counts. */
  async #look(
    layer: Layer,
    builder: PlanBuilder,
    program: Program | undefined,
    signal: AbortSignal | undefined,
    operation: (stack: Stack) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#drive(layer, operation, { builder, program, doing: 'preview' });
      if (builder.deployed && !this.#outputs.has(layer)) this.#keep(layer, builder.deployed.outputs);
    } catch (error) {
      // Half a plan that somebody has stopped isn't one.
      signal?.throwIfAborted();
      const refused = error instanceof UserError && error.cause !== undefined && !program?.error;
      const locked = error instanceof UserError && error.cause instanceof ConcurrentUpdateError;
      if (!refused || locked || !builder.foundAnything) throw error;
      builder.failed();
    }
  }

  async #drive<T>(
    layer: Layer,
    operation: (stack: Stack) => Promise<T>,
    { builder, program, doing = 'reading' }: Operation = {},
  ): Promise<T> {
    const started = performance.now();
    const name = stackName(this.#environment.name, layer);
    try {
      return await this.#workspace.mending(async () => operation(await this.#workspace.stack(name)));
    } catch (error) {
      if (program?.error instanceof UserError) throw program.error;
      throw explainEngineError(error, name, this.#environment.name, builder?.plan(), doing);
    } finally {
      this.engineSeconds += (performance.now() - started) / 1000;
    }
  }

  /** A run that was killed leaves its stack locked: take the lock away where its owner is gone, else wait for it. */
  async #whenUnlocked<T>(layer: Layer, operation: (stack: Stack) => Promise<T>, context: Operation): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#drive(layer, operation, { ...context, doing: 'update' });
      } catch (error) {
        const locked =
          error instanceof ConcurrentUpdateError || (error as Error).cause instanceof ConcurrentUpdateError;
        if (!locked || attempt >= 20) throw error;
        await unlockIfAbandoned(await this.#workspace.stack(stackName(this.#environment.name, layer)), error);
      }
    }
  }
}

/** What is known of an operation when it fails. */
interface Operation {
  builder?: PlanBuilder;
  program?: Program;
  doing?: Parameters<typeof explainEngineError>[4];
}

/** What all operations of the engine are given. */
function engineOptions(builder: PlanBuilder, options: StackOperationOptions) {
  return {
    onEvent: (event: Parameters<PlanBuilder['add']>[0]) => builder.add(event),
    signal: options.signal && ownSignal(options.signal),
    color: 'never' as const,
  };
}

/** To a tenth of a second. */
function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}
