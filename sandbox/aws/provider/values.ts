/** Property values as the engine sends them: JSON, where {@link unknown} stands for what a preview can't know. */
// biome-ignore lint/suspicious/noExplicitAny: properties of any resource type; each type's own code knows its fields.
export type Properties = Record<string, any>;

/** The engine's marker for a string that is not known yet; it uses markers of its own for other types only on input. */
export const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const unknowns = new Set([
  unknown,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

/** Key of the list of inputs that the provider filled in; kept in the state, shown to nobody. */
export const defaultsKey = '__defaults';

/** Whether the engine doesn’t know this value yet, as in a preview. */
export function isUnknown(value: unknown): boolean {
  return typeof value === 'string' && unknowns.has(value);
}

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
