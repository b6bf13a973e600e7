import { type Image, stableId } from './account.ts';

/** Machine image of a release, as `Release.image` has it. */
export interface ImagePattern {
  /** AMI name with a trailing `*` for the build date. */
  name: string;
  /** Account that publishes it, or `self`. */
  owner: string;
}

/** One AMI per pattern: the `*` replaced by a build date, later ones newer, ids the same in every sandbox. */
export function imagesOf(patterns: ImagePattern[], accountId: string): Image[] {
  return patterns.map(({ name, owner }, index) => {
    const day = new Date(Date.UTC(2022, 3 + index, 1));
    const built = name.replace(/\*$/, day.toISOString().slice(0, 10).replaceAll('-', ''));
    const ownerId = owner === 'self' ? accountId : owner;
    return { id: stableId('ami', built), name: built, ownerId, creationDate: day.toISOString() };
  });
}
