import type { Environment } from '../../environment/environment.ts';
import type { Layer, LayerOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { stackName } from '../engine/configuration.ts';
import type { Desired, DesiredFrom } from '../engine/program.ts';
import type { StackOperationOptions, StackWriter } from '../engine/stacks.ts';
import { beyond, differencesOf, strayFrom } from './compare.ts';
import { type Difference, describeDifferences } from './difference.ts';
import type { Applied } from './moved.ts';

/** What updates are held to. */
export interface Expectation {
  stacks: readonly StackPlan[];
  /** `exactly`: what was pinned, all of it; `within`: nothing that wasn't pinned. */
  strictness: 'exactly' | 'within';
  /** What steps before it were planned to do. */
  earlier?: readonly StackPlan[];
  /** For messages: `step crds`. */
  of?: string;
}

/** How old a preview may be to be taken for that of the update, in milliseconds; longer, and somebody may have been at work. */
const freshFor = 60_000;

/**
 * The stacks of an environment, updated as a pinned plan says and not otherwise: right before each update a fresh preview
 * must fit the plan, and while it runs the first step that the preview doesn't have stops it.
 */
export class PinnedStacks implements StackWriter {
  readonly #stacks: StackWriter;
  readonly #environment: Environment;
  readonly #file: string;
  readonly #applied: Map<string, Set<string>>;
  #expected: Expectation = { stacks: [], strictness: 'exactly' };
  #fresh = new Map<string, { at: number; plan: StackPlan }>();
  #updated: string[] = [];

  /**
   * @param stacks  that it holds to the plan
   * @param file  of the plan, for messages
   * @param applied  what an earlier run with the plan has done
   */
  constructor(environment: Environment, stacks: StackWriter, file: string, applied: Applied = new Map()) {
    this.#stacks = stacks;
    this.#environment = environment;
    this.#file = file;
    this.#applied = new Map([...applied].map(([stack, urns]) => [stack, new Set(urns)]));
  }

  /** From now on updates are held to this part of the plan. */
  expect(expected: Expectation): void {
    this.#expected = expected;
  }

  /** How a fresh preview of a stack differs from what is expected of it. */
  differences(fresh: StackPlan): Difference[] {
    const { stacks, strictness, earlier = [] } = this.#expected;
    const nothing: StackPlan = { ...fresh, changes: [] };
    const pinned = stacks.find(({ stack }) => stack === fresh.stack) ?? nothing;
    if (strictness === 'exactly') return differencesOf(pinned, fresh, this.#applied.get(fresh.stack) ?? new Set());
    return beyond(
      pinned,
      fresh,
      earlier.filter(({ stack }) => stack === fresh.stack),
    );
  }

  async preview<L extends Layer>(
    layer: L,
    desired?: Desired<L> | DesiredFrom<L>,
    options: StackOperationOptions = {},
  ): Promise<StackPlan> {
    const plan = await this.#stacks.preview(layer, desired, options);
    const wanted = typeof desired === 'function' ? desired(await this.outputs(layer)) : desired;
    this.#fresh.set(keyOf(layer, wanted), { at: performance.now(), plan });
    return plan;
  }

  async up<L extends Layer>(layer: L, desired?: Desired<L>, options: StackOperationOptions = {}): Promise<StackPlan> {
    const fresh = await this.#freshPreview(layer, desired, options);
    const differences = this.differences(fresh);
    if (differences.length > 0) throw this.#moved(layer, differences);
    if (fresh.changes.length === 0 && fresh.outputs.length === 0) return fresh;

    const stack = stackName(this.#environment.name, layer);
    const stop = new AbortController();
    let stray: string | undefined;
    const onChange: StackOperationOptions['onChange'] = (change) => {
      options.onChange?.(change);
      stray ??= strayFrom(fresh, change);
      if (stray) stop.abort();
    };
    this.#fresh.clear();
    const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
    try {
      const plan = await this.#stacks.up(layer, desired, { ...options, signal, onChange });
      if (!stray) {
        this.#remember(stack, plan);
        return plan;
      }
    } catch (error) {
      if (!stray) throw error;
    }
    throw new UserError(`the update of stack ${stack} left the plan: it came to ${stray}; it was stopped there`, {
      where: this.#file,
      state: 'what the engine had begun by then was brought to its end; everything else is as it was',
      fix: this.#newPlan(),
      exitCode: exitCode.moved,
    });
  }

  outputs<L extends Layer>(layer: L): Promise<LayerOutputs[L] | undefined> {
    return this.#stacks.outputs(layer);
  }

  deployed<L extends Layer>(layer: L): Promise<LayerOutputs[L]> {
    return this.#stacks.deployed(layer);
  }

  exported(layer: Layer): ReturnType<StackWriter['exported']> {
    return this.#stacks.exported(layer);
  }

  refresh(...args: Parameters<StackWriter['refresh']>): Promise<StackPlan> {
    return this.#stacks.refresh(...args);
  }

  unprotect(layer: Layer, urn: string): Promise<void> {
    return this.#stacks.unprotect(layer, urn);
  }

  get engineSeconds(): number {
    return this.#stacks.engineSeconds;
  }

  async #freshPreview<L extends Layer>(
    layer: L,
    desired: Desired<L> | undefined,
    { signal }: StackOperationOptions,
  ): Promise<StackPlan> {
    const known = this.#fresh.get(keyOf(layer, desired));
    if (known && performance.now() - known.at < freshFor) return known.plan;
    return this.preview(layer, desired, { signal });
  }

  #remember(stack: string, { changes }: StackPlan): void {
    const known = this.#applied.get(stack) ?? new Set();
    this.#applied.set(stack, new Set([...known, ...changes.map(({ urn }) => urn)]));
    this.#updated.push(stack);
  }

  #moved(layer: Layer, differences: Difference[]): UserError {
    const stack = stackName(this.#environment.name, layer);
    const { of, stacks } = this.#expected;
    const basis = stacks.find((plan) => plan.layer === layer)?.basis;
    const reread =
      basis?.kind === 'upstream-pending'
        ? [
            `(it was planned on what was deployed then, and reads from ${basis.upstream.map((up) => up.stack).join(', ')})`,
          ]
        : [];
    const lines = [...describeDifferences(differences), ...reread];
    return new UserError(
      `the plan no longer fits${of ? ` (${of})` : ''}:\n${lines.map((line) => `  ${line}`).join('\n')}`,
      { where: this.#file, state: this.#stateBefore(stack), fix: this.#newPlan(), exitCode: exitCode.moved },
    );
  }

  #stateBefore(stack: string): string {
    // Steps of an upgrade do more than to update stacks.
    if (this.#expected.of)
      return `stack ${stack} is as it was; the cluster keeps serving, finished steps stay finished`;
    const done = [...new Set(this.#updated)];
    if (done.length === 0) return 'nothing was changed';
    return `as planned: ${done.join(', ')}; nothing else was changed, stack ${stack} is as it was`;
  }

  #newPlan(): string {
    const { name } = this.#environment;
    return `look at what is left, as a new plan: kubezero preview ${name} --out ${this.#file}`;
  }
}

function keyOf(layer: Layer, desired: unknown): string {
  return `${layer} ${JSON.stringify(desired)}`;
}
