import type { ResourceInputs } from './properties.ts';
import type { ResourceChange } from './schema.ts';

/**
 * Why a reviewer should look twice at a change: IAM, security groups, public access, encryption. `change.diffs` has every
 * property that changes (of a creation or deletion: every input); the builder keeps those of creations and deletions only
 * where there is such a reason.
 * @param inputs on both sides, as the engine gave them, secrets included: none of their values may be quoted.
 * @returns short phrases such as `IAM policy`, `open to 0.0.0.0/0`; empty: no reason.
 */
export function securityNotes(_change: ResourceChange, _inputs: ResourceInputs): string[] {
  return [];
}
