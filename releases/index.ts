import { UserError } from '../errors/index.ts';
import type { Release } from './definition.ts';
import { known } from './known.ts';
import { releaseIds } from './release.ts';

/** Every release this program knows; {@link release} finds the one of an id that comes from somewhere. */
export const releases: typeof known & Readonly<Record<string, Release>> = known;

/**
 * The release of this id.
 * @throws UserError when there is none, naming those there are.
 */
export function release(id: string): Release {
  const found = Object.hasOwn(releases, id) ? releases[id] : undefined;
  if (!found) {
    throw new UserError(`KubeZero release "${id}" isn't known here.`, { fix: `Use one of ${releaseIds.join(', ')}.` });
  }
  return found;
}
