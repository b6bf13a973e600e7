/*
 * How Pulumi writes values that JSON has no word for, in events, states and calls of providers (its `resource` and `plugin`
 * packages).
 */

/** Stands for a text that only the update will tell. */
export const unknownText = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What stands for values that only the update will tell, by their types. */
const unknowns = new Set([
  unknownText,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

/** Whether a value is one that the engine doesn’t know yet, as in a preview. */
export function isUnknown(value: unknown): boolean {
  return typeof value === 'string' && unknowns.has(value);
}

/** Key of the mark that special values carry, and the mark of secrets. */
export const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** What exported states have in the place of secrets; events have `[secret]`. */
export function isMarkedSecret(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && (value as Record<string, unknown>)[signatureKey] === secretSignature
  );
}

/** Key of the list of inputs that a provider filled in; kept in the state, shown to nobody. */
export const defaultsKey = '__defaults';
