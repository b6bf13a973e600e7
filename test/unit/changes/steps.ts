import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/events.js';
import { PlanBuilder, type PlanBuilderOptions } from '../../../automation/engine/changes/builder.ts';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';

type State = Partial<NonNullable<StepEventMetadata['old']>>;
export interface Step extends Partial<Omit<StepEventMetadata, 'old' | 'new'>> {
  old?: State;
  new?: State;
}

const stack = 'urn:pulumi:demo-workers::kubezero';
export const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** One step of the engine, as its events have it; `old` and `new` are states with inputs and outputs. */
export function step(
  op: string,
  type: string,
  name: string,
  { old, new: young, ...more }: Step = {},
): StepEventMetadata {
  const parent = `${stack}::kubezero:infra:Workers::demo`;
  const urn =
    type === 'pulumi:pulumi:Stack' ? `${stack}::${type}::${name}` : `${stack}::kubezero:infra:Workers$${type}::${name}`;
  const state = (given?: State) =>
    given && { type, urn, id: '', parent, provider: '', inputs: {}, outputs: {}, ...given };
  return {
    op,
    urn,
    type,
    provider: '',
    old: state(old),
    new: state(young),
    detailedDiff: null,
    ...more,
  } as unknown as StepEventMetadata;
}

export function starts(...given: Parameters<typeof step>): object {
  return { resourcePreEvent: { metadata: step(...given) } };
}

export function ends(...given: Parameters<typeof step>): object {
  return { resOutputsEvent: { metadata: step(...given) } };
}

export function says(severity: string, message: string): object {
  return { diagnosticEvent: { severity, message, color: 'never' } };
}

export function builderOf(events: object[], options: PlanBuilderOptions = {}): PlanBuilder {
  const builder = new PlanBuilder('demo-workers', 'workers', options);
  for (const event of events) builder.add({ sequence: 0, timestamp: 0, ...event } as EngineEvent);
  return builder;
}

export function planOf(...events: object[]): StackPlan {
  return builderOf(events).plan();
}
