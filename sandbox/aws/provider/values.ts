import { defaultsKey, isUnknown } from '../../../pulumi/marks.ts';

/** Property values as the engine sends them: JSON, where a mark stands for what a preview can't know. */
// biome-ignore lint/suspicious/noExplicitAny: properties of any resource type; each type's own code knows its fields.
export type Properties = Record<string, any>;

export function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(containsUnknown);
}

export function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without fields that are `undefined` or null: both mean left out. */
export function compact(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));
}

export function withoutDefaultsKey(properties: Properties): Properties {
  const { [defaultsKey]: _, ...rest } = properties;
  return rest;
}
