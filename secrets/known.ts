import { type Form, formsOf, Literals } from './literals.ts';

/**
 * Secrets of this process: whatever is registered here appears in none of its output and records. Kept for the whole process
 * and not passed on, since what nobody has thought of is masked too: an uncaught error, a library's own output, a second sink.
 */
const registered = new Set<string>();

/** Shorter values would blank out parts of ordinary words. */
const shortest = 6;

/** So many letters and nothing else may be any word, e.g. `sandbox`, `monitoring`. */
const longestWord = 12;

/**
 * Whether a value can be looked for in all output. One that is short, or a single word, can't: `admin` or `demo` would blank out
 * what has nothing to do with it. It is masked only where a name says that it is secret.
 */
export function isSearchable(value: string): boolean {
  const trimmed = value.trim();
  return trimmed.length >= shortest && !(trimmed.length <= longestWord && /^(?:[A-Z]?[a-z]+|[A-Z]+)$/.test(trimmed));
}

/** Registers a value (a passphrase, a key) that must not appear anywhere. */
export function registerSecret(value: string): void {
  registered.add(value);
}

export function registeredSecrets(): Iterable<string> {
  return registered;
}

const literals = new WeakMap<object, { size: number; literals: Literals }>();

/** What finds these values in a text, in every form. Made once for a set, and again where that has grown. */
export function literalsOf(secrets: Iterable<string>): Literals {
  if (!(secrets instanceof Set)) return make(secrets);
  const made = literals.get(secrets);
  if (made?.size === secrets.size) return made.literals;
  const fresh = make(secrets);
  literals.set(secrets, { size: secrets.size, literals: fresh });
  return fresh;
}

function make(secrets: Iterable<string>): Literals {
  const forms = [...secrets].filter(isSearchable).flatMap((secret): Form[] => formsOf(secret));
  return new Literals(forms);
}
