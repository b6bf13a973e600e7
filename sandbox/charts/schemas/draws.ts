import { createHash } from 'node:crypto';

/**
 * Three numbers that look random and are the same for the same text, on every machine and at every run: what is made up
 * by them stays as it is when something else is added.
 */
export function draws(text: string): [number, number, number] {
  const digest = createHash('sha256').update(text).digest();
  return [digest.readUInt32BE(0), digest.readUInt32BE(4), digest.readUInt32BE(8)];
}

/** The entry that a number falls on. */
export function pick<T>(entries: readonly T[], number: number): T {
  return entries[number % entries.length]!;
}
