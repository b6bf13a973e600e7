import type { Path, SchemaProblem } from '../errors/schema-problems.ts';
import { within } from '../releases/range.ts';
import type { Release } from '../releases/release.ts';
import type { RefusedKey } from './definition.ts';

/**
 * The refused keys that a module's values contain, each with the reason; also within trees that go to an upstream chart
 * as they are. A key without a value counts as left out.
 */
export function refusedValues(refused: RefusedKey[], values: unknown, release: Pick<Release, 'id'>): SchemaProblem[] {
  return refused
    .filter((range) => within(release, range))
    .flatMap(({ key, why }) =>
      places(values, key.split('.')).map((path) => ({
        path,
        key: String(path.at(-1)),
        message: `"${path.join('.')}" ${why}`,
      })),
    );
}

/** Whether a schema's problem is but a consequence of a refused key: at it, below it, or an unknown key that only holds it. */
export function isRefused(problem: SchemaProblem, refused: Path): boolean {
  return startsWith(problem.path, refused) || (problem.key !== undefined && startsWith(refused, problem.path));
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}

/** Paths of a tree that match; `*` stands for any key and for any entry of a list. */
function places(tree: unknown, [step, ...below]: string[], above: Path = []): Path[] {
  if (step === undefined) return tree === null || tree === undefined ? [] : [above];
  if (typeof tree !== 'object' || tree === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(tree)
    ? tree.map((entry, index) => [index, entry])
    : Object.entries(tree);
  return entries
    .filter(([key]) => step === '*' || String(key) === step)
    .flatMap(([key, entry]) => places(entry, below, [...above, key]));
}
