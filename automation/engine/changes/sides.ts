import { isDeepStrictEqual } from 'node:util';
import { isUnknown } from '../../../pulumi/marks.ts';
import { parsePath } from './paths.ts';
import type { ResourceInputs } from './properties.ts';
import type { Operation, ResourceChange } from './schema.ts';
import { lookUp } from './values.ts';

/** A property on both sides of a change. Secret and unknown values count as absent: there is nothing to be said of them. */
export class Sides {
  readonly operation: Operation;
  readonly #inputs: ResourceInputs;

  constructor({ operation }: Pick<ResourceChange, 'operation'>, inputs: ResourceInputs) {
    this.operation = operation;
    this.#inputs = inputs;
  }

  before(path: string): unknown {
    return valueAt(this.#inputs.before, path);
  }

  after(path: string): unknown {
    return valueAt(this.#inputs.after, path);
  }

  /** Whether the property is another one afterwards, or will only be known then. */
  changed(path: string): boolean {
    const parts = parsePath(path);
    const [before, after] = [this.#inputs.before, this.#inputs.after].map((side) => lookUp(side, parts));
    return !isDeepStrictEqual(before, after);
  }

  /** Whether it will only be known once it is done. */
  unknown(path: string): boolean {
    return isUnknown(this.#inputs.after) || lookUp(this.#inputs.after, parsePath(path)).state === 'unknown';
  }

  /** Whether it becomes this value with the change. */
  becomes(path: string, value: unknown): boolean {
    return isDeepStrictEqual(this.after(path), value) && !isDeepStrictEqual(this.before(path), value);
  }

  /** Whether anything changes but these top-level properties. */
  changesBeside(ignored: readonly string[]): boolean {
    const names = new Set([...Object.keys(this.#inputs.before ?? {}), ...Object.keys(this.#inputs.after ?? {})]);
    return [...names].some((name) => !name.startsWith('__') && !ignored.includes(name) && this.changed(name));
  }
}

function valueAt(side: Record<string, unknown> | undefined, path: string): unknown {
  const found = lookUp(side, parsePath(path));
  return found.state === 'known' ? found.value : undefined;
}

/** The value as a list: what isn't there is an empty one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** The value as an object: what is none is an empty one. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The first few of a list, and how many there are beside them. */
export function few(values: readonly string[], most = 4): string {
  const rest = values.length - most;
  return rest > 0 ? `${values.slice(0, most).join(', ')} and ${rest} more` : values.join(', ');
}
