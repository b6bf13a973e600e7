import type { PropertyChange } from './schema.ts';

/** What the resource is whose property is looked at, for rules that go by type, e.g. `data` of Kubernetes Secrets. */
export interface PropertyOwner {
  /** Pulumi type, e.g. `kubernetes:core/v1:Secret`. */
  type: string;
  /** Logical name within its stack. */
  name: string;
}

/**
 * Takes secrets out of a property's values that Pulumi doesn't know to be secret: called for every property that goes
 * into a plan, before its changed lines are worked out. Values may be anything JSON, also whole objects of a created resource.
 * @returns the property with `secret` on both sides where all of it is secret, with parts of its values replaced
 * where only those are; a property that is fine comes back as it is.
 */
export function maskProperty(change: PropertyChange, _owner: PropertyOwner): PropertyChange {
  return change;
}

/**
 * Takes secrets out of a text of any kind: diagnostics, policy messages, and what `texts.ts` has unpacked (user data,
 * manifests), before its lines are compared.
 */
export function maskText(text: string): string {
  return text;
}
