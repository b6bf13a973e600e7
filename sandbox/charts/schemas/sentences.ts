import { descriptionWords as words } from '../data/schema-words.ts';
import { draws, pick } from './draws.ts';

/** How many sentences the descriptions of an API group share: types that recur in it bring their texts along. */
const variety = 1500;

const cache = new Map<string, string>();

/** A sentence of an API group's descriptions; another number may give the same one. */
export function sentence(group: string, number: number): string {
  const key = `${group} sentence ${number % variety}`;
  const known = cache.get(key) ?? compose(key);
  cache.set(key, known);
  return known;
}

const lists: Record<string, readonly string[]> = { N: words.nouns, A: words.adjectives, V: words.verbs };

function compose(key: string): string {
  const frame = pick(words.frames, draws(key)[0]);
  let place = 0;
  const text = frame.replaceAll(/\b[NAV]\b/g, (part) => pick(lists[part]!, draws(`${key} ${place++}`)[0]));
  return text.charAt(0).toUpperCase() + text.slice(1);
}
