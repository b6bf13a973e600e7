import pMap from 'p-map';
import type { Layer } from '../../environment/outputs.ts';
import { UserError } from '../../errors/index.ts';
import { between } from '../engine/changes/between.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import type { StackReader } from '../engine/stacks.ts';
import { basisOf } from '../plan/basis.ts';
import type { StackTarget, StepPreview } from './context.ts';

/** A step, and the state that it takes a stack to. */
export type StepUpdate = StackTarget & {
  step: string;
  /** Of the cluster by then, where a step before it changes that: it decides what modules are rendered to. */
  kubernetesVersion?: string;
};

export interface StepStacks extends StepPreview {
  stacks: StackPlan[];
}

interface Previewed {
  plan?: StackPlan;
  reads: Map<string, Set<string>>;
  /** Why there is no plan. */
  problem?: string;
}

/**
 * What each step changes of stacks: its state is previewed against what is deployed, and what the step before it on the same
 * stack brings is left out.
 */
export async function previewUpdates(
  updates: readonly StepUpdate[],
  { stacks, signal, sideBySide }: { stacks: StackReader; signal: AbortSignal; sideBySide: number },
): Promise<ReadonlyMap<string, StepStacks>> {
  const states = new Map(updates.map((update) => [stateOf(update), update]));
  const previewed = new Map(
    await pMap(states, async ([state, update]) => [state, await preview(update, stacks, signal)] as const, {
      concurrency: sideBySide,
    }),
  );
  const latest = new Map<Layer, StackPlan>();
  const steps = new Map<string, StepStacks>();
  const shown: StackPlan[] = [];
  for (const update of updates) {
    const { plan, reads, problem } = previewed.get(stateOf(update))!;
    const result: StepStacks = { stacks: [], notes: [], blockers: problem ? [problem] : [] };
    if (plan) {
      const before = latest.get(update.layer);
      const own = before ? between(before, plan) : plan;
      latest.set(update.layer, plan);
      result.stacks.push({ ...own, basis: basisOf(reads, shown) });
      shown.push(own);
    }
    steps.set(update.step, result);
  }
  return steps;
}

async function preview(
  { layer, desired, kubernetesVersion }: StepUpdate,
  stacks: StackReader,
  signal: AbortSignal,
): Promise<Previewed> {
  const reads: Previewed['reads'] = new Map();
  const started = performance.now();
  try {
    const plan = await stacks.preview(layer, desired, {
      signal,
      kubernetesVersion,
      onRead: (stack, output) => reads.set(stack, (reads.get(stack) ?? new Set()).add(output)),
    });
    return { plan: { ...plan, seconds: Math.round((performance.now() - started) / 100) / 10 }, reads };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { reads, problem: describeError(error) };
  }
}

/** An error in one line: what, where, and what to do about it. */
export function describeError({ message, where, fix }: UserError): string {
  return `${message}${where ? ` (${where})` : ''}${fix ? `; ${fix}` : ''}`;
}

function stateOf({ layer, desired, kubernetesVersion }: StepUpdate): string {
  return `${layer} ${JSON.stringify([desired, kubernetesVersion])}`;
}
