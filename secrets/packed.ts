import { gunzipSync } from 'node:zlib';
import type { Finding } from './finding.ts';

/** Runs of base64, also URL-safe, in one piece or in lines of the same length. */
const runs = /(?:[A-Za-z0-9+/]{60,80}\r?\n[ \t]*){1,}[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9+/_-]{24,}={0,2}/g;

/** What is in packed texts is looked at down to this depth, and up to this many characters of each. */
const deepest = 4;
const longest = 4_000_000;

/**
 * Finds base64, also of gzip, that unpacks to something with a secret in it; all of it is masked then.
 * @param holds whether a text, unpacked, has a secret in it.
 */
export function packedSecrets(text: string, holds: (text: string, depth: number) => boolean, depth = 0): Finding[] {
  if (depth >= deepest) return [];
  return [...text.matchAll(runs)].flatMap(({ 0: run, index }) => {
    const inside = unpack(run);
    if (inside === undefined || !holds(inside, depth + 1)) return [];
    return [{ start: index, end: index + run.length }];
  });
}

/** The text that base64 stands for; undefined where it stands for none, as digests and ids do. */
export function unpack(base64: string): string | undefined {
  const compact = base64.replaceAll(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(compact)) return undefined;
  // Most runs are words, digests, ids: a few characters tell.
  const head = Buffer.from(compact.slice(0, 24), 'base64');
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  if (!zipped && !isText(head, true)) return undefined;
  let bytes: Buffer = Buffer.from(compact, 'base64');
  if (zipped) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: longest });
    } catch {
      return undefined;
    }
  }
  return bytes.length <= longest && isText(bytes) ? bytes.toString() : undefined;
}

function isText(bytes: Buffer, cut = false): boolean {
  for (const byte of bytes) if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  const text = bytes.toString();
  return !text.slice(0, cut ? -3 : undefined).includes('\ufffd');
}
