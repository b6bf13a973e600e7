import { UserError } from '../../../errors/index.ts';
import { nextRelease, position, type ReleaseId, releaseIds } from '../../../releases/release.ts';

/** One upgrade of a rehearsal, from a release to the next. */
export interface Hop {
  from: ReleaseId;
  to: ReleaseId;
}

/**
 * The upgrades that lead from a release to a later one, in their order.
 * @param to  default: the next one
 * @param file  application.yaml, for messages
 * @throws UserError where there is no way from the one to the other
 */
export function hopsBetween(environment: string, from: ReleaseId, to: ReleaseId | undefined, file: string): Hop[] {
  const next = nextRelease(from);
  if (!next)
    throw new UserError(`${environment} is at KubeZero ${from}, there is no release to upgrade to`, { where: file });
  const target = to ?? next;
  const [first, last] = [position(from), position(target)];
  if (last <= first)
    throw new UserError(`${environment} is at KubeZero ${from}: no upgrade leads from there to ${target}`, {
      where: file,
      fix: 'name a later release with --to, or leave it out',
    });
  return releaseIds.slice(first, last).map((id) => ({ from: id, to: nextRelease(id)! }));
}
