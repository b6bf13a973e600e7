import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments, type Scalar } from 'yaml';
import { type Finding, mayBeSecret, merged } from './finding.ts';
import { type Leaf, leavesOf, type Tree } from './structure.ts';

/** YAML takes a second for a few megabytes: of a larger text only what patterns find is masked. */
const largest = 500_000;

const looksStructured = /^\s*(?:---|#|[{[]|(?:- )*["']?[\w./-]+["']?:(?:\s|$)|- )/;

/**
 * Finds secrets in YAML and JSON by what the documents are: keys that say so with whatever is below them, data of
 * Kubernetes Secrets, also where a document is a text inside another.
 * @param inside finds secrets in a text that is a value of the document.
 * @returns undefined where the text is no such document.
 */
export function documentSecrets(text: string, inside: (text: string) => Finding[]): Finding[] | undefined {
  if (text.length > largest || !looksStructured.test(text)) return undefined;
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const readable = ({ errors, contents }: Document.Parsed) =>
    errors.length === 0 && (contents === null || isMap(contents) || isSeq(contents));
  if ('empty' in documents || !documents.every(readable)) return undefined;
  return documents.flatMap((document) => {
    const seen = new Set<Node>();
    const tree = (node: unknown): Tree<Scalar> => {
      if (isAlias(node)) return tree(node.resolve(document));
      if (isMap(node) && !seen.has(node)) {
        seen.add(node);
        const entries = node.items.map(({ key, value }) => ({
          key: String(isScalar(key) ? key.value : key),
          tree: tree(value),
        }));
        // The same anchor may be used in another place as well.
        seen.delete(node);
        return { place: nowhere, entries };
      }
      if (isSeq(node)) return { place: nowhere, items: node.items.map(tree) };
      return isScalar(node) ? { place: node, value: node.value } : { place: nowhere };
    };
    return leavesOf(tree(document.contents)).flatMap((leaf) => findingsOf(text, leaf, inside));
  });
}

/** Place of what has no text of its own. */
const nowhere = {} as Scalar;

function findingsOf(
  text: string,
  { place, value, secret }: Leaf<Scalar>,
  inside: (text: string) => Finding[],
): Finding[] {
  if (!place.range) return [];
  const [start, end] = [place.range[0], place.range[1]];
  const source = text.slice(start, end);
  if (secret) {
    // Masked before: `[secret]` is a list of one in YAML.
    const inBrackets = text[start - 1] === '[' ? text.slice(start - 1, end + 1) : source;
    return mayBeSecret(String(place.value)) && mayBeSecret(inBrackets) ? [valueRange(place, source, start)] : [];
  }
  if (typeof value !== 'string' || (value.length < 24 && !value.includes('\n'))) return [];
  const found = merged(inside(value));
  if (found.length === 0) return [];
  const mapped = place.type === 'BLOCK_LITERAL' ? inBlock(source, value, found) : asWritten(source, value, found);
  // Where a secret inside can't be found in the text as it is written, nothing of the value is shown.
  if (!mapped) return [{ ...valueRange(place, source, start), whole: true }];
  return mapped.map((one) => ({ start: start + one.start, end: start + one.end }));
}

/** The value without its quotes and the head of a block (`|`), so that what is left is still a document. */
function valueRange({ type }: Scalar, source: string, start: number): Finding {
  const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
  if (quoted) return { start: start + 1, end: start + source.length - 1 };
  if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') return { start, end: start + source.length };
  const [head = '', indent = ''] = /^[^\n]*\n(?:[ \t]*\n)*([ \t]*)/.exec(source) ?? [];
  const trimmed = source.trimEnd();
  return { start: start + (head.length || indent.length), end: start + Math.max(head.length, trimmed.length) };
}

/** Findings in a block (`|`) as places in its source, whose lines are indented; undefined where the lines don't fit. */
function inBlock(source: string, value: string, found: Finding[]): Finding[] | undefined {
  const lines = source.split('\n');
  const body = lines.slice(1);
  const indent = Math.min(...body.filter((line) => line.trim()).map((line) => line.length - line.trimStart().length));
  const places: number[] = [];
  let at = lines[0]!.length + 1;
  for (const line of body) {
    places.push(at + Math.min(indent, line.length));
    at += line.length + 1;
  }
  const starts: number[] = [0];
  for (let next = value.indexOf('\n'); next >= 0; next = value.indexOf('\n', next + 1)) starts.push(next + 1);
  const mapped = (offset: number) => {
    const row = starts.findLastIndex((start) => start <= offset);
    return (places[row] ?? Number.NaN) + (offset - starts[row]!);
  };
  const result = found.map(({ start, end }) => ({ start: mapped(start), end: mapped(end) }));
  const fits = result.every(
    ({ start, end }, index) =>
      source.slice(start, end).replaceAll(/\s+/g, '') ===
      value.slice(found[index]!.start, found[index]!.end).replaceAll(/\s+/g, ''),
  );
  return fits ? result : undefined;
}

/** Findings of a value in its source, one after the other, as they are or escaped; lines may be folded and indented. */
function asWritten(source: string, value: string, found: Finding[]): Finding[] | undefined {
  let from = 0;
  const result: Finding[] = [];
  for (const { start, end } of found) {
    const [before, secret] = [value.slice(Math.max(0, start - 8), start), value.slice(start, end)];
    const hits = forms.flatMap((form) => {
      const pattern = new RegExp(`${flexible(before, form)}(?<secret>${flexible(secret, form)})`, 'dg');
      pattern.lastIndex = from;
      const [first, last] = pattern.exec(source)?.indices?.groups?.secret ?? [];
      return first === undefined || last === undefined ? [] : [{ start: first, end: last }];
    });
    const hit = hits.sort((a, b) => a.start - b.start)[0];
    if (!hit) return undefined;
    from = hit.end;
    result.push(hit);
  }
  return result;
}

/** How the words of a value may be written. */
const forms: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text).slice(1, -1),
  (text) => text.replaceAll("'", "''"),
];

/** Pattern of a text in which white space may be any other, or escaped. */
function flexible(text: string, form: (text: string) => string): string {
  const words = text.split(/\s+/).map((word) => form(word).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return words.join('(?:\\s|\\\\[nrt])+');
}
