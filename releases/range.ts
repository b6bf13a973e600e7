import type { Release, ReleaseId } from './definition.ts';
import { position, releaseIds } from './release.ts';

/**
 * Releases that have something, in their order. What differs between releases says so by a range, so that whatever a
 * release has, those after it have too.
 */
export interface ReleaseRange {
  /** First release that has it; default: it was always there. */
  since?: ReleaseId;
  /** First release that no longer has it; default: it stays. */
  until?: ReleaseId;
}

type Dated = Pick<Release, 'id'>;

/** Whether a release is in a range. */
export function within({ id }: Dated, { since, until }: ReleaseRange): boolean {
  const at = position(id);
  return (since === undefined || at >= position(since)) && (until === undefined || at < position(until));
}

/** Whether a release is this one or a later one. */
export function since(release: Dated, first: ReleaseId): boolean {
  return within(release, { since: first });
}

/** Whether a release is older than this one. */
export function before(release: Dated, until: ReleaseId): boolean {
  return within(release, { until });
}

/** What holds at a release, of values by the first release they hold for: the last one that has begun. */
export function asOf<T>({ id }: Dated, bySince: Readonly<Record<ReleaseId, T>>): T {
  const begun = releaseIds.slice(0, position(id) + 1).findLast((first) => Object.hasOwn(bySince, first));
  if (begun === undefined) throw new Error(`nothing is said for KubeZero release ${id}`);
  return bySince[begun]!;
}

/** Releases of a range, oldest first. */
export function releasesWithin(range: ReleaseRange): ReleaseId[] {
  return releaseIds.filter((id) => within({ id }, range));
}
