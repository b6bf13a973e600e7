import { nameOf } from '../engine/changes/properties.ts';
import type { ResourceChange } from '../engine/changes/schema.ts';

/** Something that isn't as the plan has it. */
export interface Difference {
  /** `kubezero`, a file, a chart or a stack. */
  about: string;
  /** One line for who has to decide, with what it is about in it. */
  text: string;
}

/** Differences as lines for a message; the first of many. */
export function describeDifferences(differences: readonly Difference[], most = 20): string[] {
  const lines = differences.slice(0, most).map(({ text }) => text);
  return differences.length > most ? [...lines, `and ${differences.length - most} more differences`] : lines;
}

/** What a resource is called in a difference, e.g. `LaunchTemplate general`. */
export function labelOf({ type, name }: Pick<ResourceChange, 'type' | 'name'>): string {
  return `${type.split(':').at(-1)} ${name}`;
}

/** The same from its URN. */
export function labelOfUrn(urn: string): string {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  return labelOf({ type, name: nameOf(urn) });
}

/** The first of many, and how many more there are. */
export function shortened(parts: string[], most = 10): string {
  if (parts.length <= most) return parts.join(', ');
  return `${parts.slice(0, most).join(', ')} and ${parts.length - most} more`;
}
