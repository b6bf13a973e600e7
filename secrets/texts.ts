import { diffArrays } from 'diff';
import { documentSecrets } from './documents.ts';
import { type Finding, masked, maskedAnew, merged, replaceFindings } from './finding.ts';
import { literalsOf, registeredSecrets } from './known.ts';
import { namedSecrets } from './named.ts';
import { packedSecrets } from './packed.ts';
import { shapedSecrets } from './patterns.ts';

/**
 * Finds secrets in a text of any kind: those that are registered, and others by what they look like, by the names before
 * them, by the document that the text is (YAML, JSON), and inside of what is packed in it.
 */
export function findSecrets(text: string, depth = 0): Finding[] {
  const inDocument = documentSecrets(text, (inner) => (depth < deepest ? findSecrets(inner, depth + 1) : []));
  return merged([
    ...literalsOf(registeredSecrets()).places(text),
    ...shapedSecrets(text),
    ...namedSecrets(text, { loose: inDocument === undefined }),
    ...(inDocument ?? []),
    ...packedSecrets(text, (inner, below) => findSecrets(inner, below).length > 0, depth),
  ]);
}

const deepest = 4;

/** The text with `[secret]` in the place of every secret. */
export function maskText(text: string): string {
  return replaceFindings(text, findSecrets(text), () => masked);
}

/**
 * Both sides of a change without their secrets, ready to be compared. A secret that is the same on both sides reads the same;
 * a new or changed one reads `[new secret]` after the change. Nothing of it is shown, neither its length nor a digest, which
 * could be tried out. What is secret on one side is secret wherever it stands on either.
 */
export function maskTexts(before: string, after: string): [string, string] {
  const texts = [before, after] as const;
  const found = texts.map((text) => findSecrets(text));
  const values = new Set(texts.flatMap((text, side) => found[side]!.map(({ start, end }) => text.slice(start, end))));
  if (values.size === 0) return [before, after];
  const telling = [...values].filter(isTelling).sort((a, b) => b.length - a.length);
  const all = texts.map((text, side) =>
    merged([...found[side]!, ...telling.flatMap((value) => placesOf(value, text))]),
  );
  const secrets = texts.map((text, side) => all[side]!.map(({ start, end }) => text.slice(start, end)));
  const unchanged = new Set<number>();
  let place = 0;
  for (const { added, removed, value } of diffArrays(secrets[0]!, secrets[1]!)) {
    if (removed) continue;
    for (const _ of value) {
      if (!added) unchanged.add(place);
      place++;
    }
  }
  return [
    replaceFindings(before, all[0]!, () => masked),
    replaceFindings(after, all[1]!, (index) => (unchanged.has(index) ? masked : maskedAnew)),
  ];
}

/** Long and unlike a word, so that it may be looked for in places that don't say that they are secret. */
function isTelling(value: string): boolean {
  return value.length >= 8 && !/^[A-Za-z]+$/.test(value);
}

function placesOf(value: string, text: string): Finding[] {
  const places: Finding[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    places.push({ start: at, end: at + value.length });
  }
  return places;
}
