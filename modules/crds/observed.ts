/** A value as JSON has it. */
type Json = unknown;

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What the cluster has of the fields that were applied: the shape of `applied` with the values of `live`. Fields that only
 * the cluster has (status, defaults, others' labels) are left out, and what the API server dropped is absent.
 */
export function observed(applied: Json, live: Json): Json {
  if (isObject(applied) && isObject(live)) {
    const keys = Object.keys(applied).filter((key) => live[key] !== undefined);
    return Object.fromEntries(keys.map((key) => [key, observed(applied[key], live[key])]));
  }
  // Of a list that somebody made longer or shorter there is no telling which part is which.
  if (Array.isArray(applied) && Array.isArray(live) && applied.length === live.length)
    return applied.map((part, place) => observed(part, live[place]));
  return live;
}
