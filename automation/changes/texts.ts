import type { TextChange } from './schema.ts';

/**
 * Changed lines of a property that is a text: YAML-aware where it is YAML, unpacked where it is base64 or gzip. Both sides
 * are as the engine gave them, with secrets; whatever is unpacked goes through `maskText` of `masking.ts` before it is
 * compared, as a whole, since keys span lines.
 * @param path of the property, as Pulumi writes it; tells user data from a policy.
 * @returns undefined where the values are better shown whole, before -> after: texts of one line.
 */
export function textChange(_before: string, _after: string, _path: string): TextChange | undefined {
  return undefined;
}
