import type { ResourceInputs } from './properties.ts';
import type { ResourceChange } from './schema.ts';

/**
 * What an update of this resource restarts, e.g. `pods of Deployment logging/kibana, rolling`.
 * @param inputs on both sides, as the engine gave them, secrets included: none of their values may be quoted.
 * @returns undefined where it restarts nothing.
 */
export function restartsOf(_change: ResourceChange, _inputs: ResourceInputs): string | undefined {
  return undefined;
}
