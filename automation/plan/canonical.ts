/** How the engine marks a secret in a state; its value is in `plaintext`, as JSON. */
const signature = '4dabf18193072939515e22adb298388d';

/**
 * JSON of a value with its keys in order, so that the same content always reads the same. Secrets of a state that was
 * exported in clear count by their value: their ciphertext differs each time it is written.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? 'null';
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const fields = value as Record<string, unknown>;
  if (fields[signature] !== undefined && typeof fields.plaintext === 'string')
    return ordered(JSON.parse(fields.plaintext));
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, ordered(fields[key])]),
  );
}
