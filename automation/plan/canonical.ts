import { signatureKey } from '../../pulumi/marks.ts';

/**
 * JSON of a value with its keys in order, so that the same content always reads the same. Secrets of a state that was
 * exported in clear count by their value, which is in `plaintext` as JSON: their ciphertext differs each time it is written.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? 'null';
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const fields = value as Record<string, unknown>;
  if (fields[signatureKey] !== undefined && typeof fields.plaintext === 'string')
    return ordered(JSON.parse(fields.plaintext));
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, ordered(fields[key])]),
  );
}
