import type { ReleaseId } from './definition.ts';
import { known } from './known.ts';

export type { ChartPin, MachineImage, Release, ReleaseId } from './definition.ts';
export { type ModuleId, moduleIds, optionalModuleIds } from './module-ids.ts';

/** KubeZero releases this program knows, oldest first. */
export const releaseIds: readonly ReleaseId[] = Object.keys(known);

/** The one that lags most; undefined where there are none. */
export function oldestRelease(ids: readonly ReleaseId[]): ReleaseId | undefined {
  return releaseIds.find((id) => ids.includes(id));
}

/** The one that is furthest; undefined where there are none. */
export function newestRelease(ids: readonly ReleaseId[]): ReleaseId | undefined {
  return releaseIds.findLast((id) => ids.includes(id));
}

/** The release that an upgrade from this one goes to; undefined for the newest. */
export function nextRelease(id: ReleaseId): ReleaseId | undefined {
  return releaseIds[position(id) + 1];
}

/** The release that an upgrade to this one starts from; undefined for the oldest. */
export function previousRelease(id: ReleaseId): ReleaseId | undefined {
  return releaseIds[position(id) - 1];
}

/** Place of a release in their order. */
export function position(id: ReleaseId): number {
  const at = releaseIds.indexOf(id);
  if (at < 0) throw new Error(`there is no KubeZero release ${id}`);
  return at;
}
