import type { Path } from '../errors/schema-problems.ts';
import type { Requirement, Values } from './definition.ts';

/**
 * Every place in a module's values that a requirement comes from: it names one, and the next where that one is switched
 * off. `enabled` where the module as a whole has it.
 */
export function placesOf({ from }: Requirement<Values>, values: Values): Path[] {
  if (!from) return [['enabled']];
  const rest = structuredClone(values);
  const found: Path[] = [];
  const known = (path: Path) => found.some((other) => other.join('.') === path.join('.'));
  for (let path = from(rest); path && !known(path); path = from(rest)) {
    found.push(path);
    const last = path.at(-1)!;
    const parent = path.slice(0, -1).reduce<unknown>((tree, step) => (tree as Values)[step], rest) as Values;
    if (typeof parent[last] === 'boolean') parent[last] = false;
  }
  return found;
}
