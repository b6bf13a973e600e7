import { UserError } from '../errors/index.ts';
import { type Release, type ReleaseId, releaseIds } from './release.ts';
import { release as v121 } from './v1.21/index.ts';
import { release as v122 } from './v1.22/index.ts';

/** Every release this program knows. */
export const releases: Record<ReleaseId, Release> = { '1.21': v121, '1.22': v122 };

/**
 * The release of this id.
 * @throws UserError when there is none, naming those there are.
 */
export function release(id: string): Release {
  const found = (releases as Record<string, Release | undefined>)[id];
  if (!found) {
    throw new UserError(`KubeZero release "${id}" isn't known here.`, { fix: `Use one of ${releaseIds.join(', ')}.` });
  }
  return found;
}
