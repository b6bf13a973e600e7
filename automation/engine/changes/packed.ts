import type { StepEventMetadata, StepEventStateMetadata } from '@pulumi/pulumi/automation/events.js';
import { crdType, isPacked, unpackCrd } from '../../../stacks/providers.ts';

/**
 * A step with what it is about, where the stack's state has that packed: custom resource definitions as the objects that
 * they are, field by field.
 */
export function unpacked(step: StepEventMetadata): StepEventMetadata {
  if (step.type !== crdType) return step;
  const [before, after] = [step.old, step.new].map((state) => state && withObject(state));
  const { apiVersion = 'apiextensions.k8s.io/v1' } = ((after ?? before)?.inputs ?? {}) as { apiVersion?: string };
  // What the provider says of properties is about the packed ones.
  const { detailedDiff: _, diffs: __, ...rest } = step;
  return { ...rest, type: `kubernetes:${apiVersion}:CustomResourceDefinition`, old: before, new: after };
}

/** The state of an earlier layout has the object itself. */
function withObject(state: StepEventStateMetadata): StepEventStateMetadata {
  const { inputs = {} } = state;
  if (!isPacked(inputs)) return state;
  try {
    const object = unpackCrd(inputs);
    return { ...state, inputs: object, outputs: object };
  } catch {
    // In events the engine blanks whatever reads like one of the stack's secrets, in packed text too: what it applies is whole.
    return state;
  }
}
