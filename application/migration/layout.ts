import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** Lines `from` up to but not including `to` become `lines`. */
export interface LineEdit {
  from: number;
  to: number;
  lines: string[];
}

/** Lines that belong to one entry: its comments directly above, its key (or dash), its value, comments within. */
export interface Extent {
  /** First line, comments included. */
  first: number;
  /** Line of the key or dash. */
  key: number;
  /** Last line. */
  last: number;
  /** Column of the key or dash. */
  column: number;
}

/** A shape that can't be edited line by line (flow style where lines are needed, or the like). */
export class NotByLines extends Error {}

export type Entry = Pair<Node, Node | null>;

/** Where the entries of a YAML text lie, in lines; for edits that leave everything else as it is. */
export class Layout {
  readonly lines: string[];
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    this.lines = text.split('\n');
    for (const line of this.lines) this.#starts.push((this.#starts.at(-1) ?? 0) + line.length + 1);
  }

  /** Extent of an entry of a block mapping. */
  pair(pair: Entry): Extent {
    const start = nodeRange(pair.key)[0];
    return this.#extent(start, Math.max(nodeRange(pair.key)[1], contentEnd(pair.value)));
  }

  /** Extents of the items of a block sequence. */
  items(sequence: YAMLSeq): Extent[] {
    const token = sequence.srcToken;
    if (token?.type !== 'block-seq') throw new NotByLines('not a block sequence');
    const dashes = token.items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind'));
    if (dashes.length !== sequence.items.length) throw new NotByLines('dashes and items differ');
    return dashes.map((dash, index) =>
      this.#extent(dash.offset, Math.max(dash.offset + 1, contentEnd(sequence.items[index]))),
    );
  }

  /** Source text of a node. */
  source(node: Node): string {
    const [start, end] = nodeRange(node);
    return this.#text.slice(start, end).trimEnd();
  }

  slice(from: number, to: number): string[] {
    return this.lines.slice(from, to);
  }

  #extent(start: number, end: number): Extent {
    const key = this.#lineOf(start);
    const column = start - (this.#starts[key] ?? 0);
    if (this.lines[key]?.slice(0, column).trim() !== '') throw new NotByLines('something stands before the key');
    let first = key;
    while (first > 0 && isCommentAt(this.lines[first - 1], (at) => at === column)) first--;
    let last = this.#lineOf(this.#text.slice(0, end).trimEnd().length);
    // A comment further in than the key belongs to the value, blank lines before it too.
    for (let next = last + 1; next < this.lines.length; next++) {
      if (isCommentAt(this.lines[next], (at) => at > column)) last = next;
      else if (this.lines[next]?.trim() !== '') break;
    }
    return { first, key, last, column };
  }

  #lineOf(offset: number): number {
    let line = 0;
    while ((this.#starts[line + 1] ?? Number.POSITIVE_INFINITY) <= offset) line++;
    return line;
  }
}

/** Moves lines `by` columns to the right (left if negative); blank lines stay. */
export function shift(lines: string[], by: number): string[] {
  return lines.map((line) => {
    if (line.trim() === '') return line;
    if (by >= 0) return ' '.repeat(by) + line;
    return line.slice(Math.min(-by, line.length - line.trimStart().length));
  });
}

/** Applies edits that don't overlap. `indent` is put before the lines of the edits, not before those that stay. */
export function applyEdits(lines: string[], edits: LineEdit[], indent = '', end = ''): string[] {
  const result: string[] = [];
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (edit.from < at) throw new NotByLines('edits overlap');
    result.push(...lines.slice(at, edit.from));
    result.push(...edit.lines.map((line) => (line.trim() === '' ? '' : indent + line) + end));
    at = edit.to;
  }
  return [...result, ...lines.slice(at)];
}

/** A block mapping's entries; undefined where the node is something else, empty or null. */
export function blockMap(node: unknown): YAMLMap<Node, Node | null> | undefined {
  return isMap(node) && !node.flow && node.items.length > 0 ? (node as YAMLMap<Node, Node | null>) : undefined;
}

/** The entry of that key, where there is one. */
export function entry(map: YAMLMap<Node, Node | null> | undefined, name: string): Entry | undefined {
  return map?.items.find((pair) => keyOf(pair) === name);
}

export function keyOf(pair: Entry): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

/** The document's top level; undefined as with {@link blockMap}. */
export function topMap(document: Document): YAMLMap<Node, Node | null> | undefined {
  return blockMap(document.contents);
}

/** End of what a node says; the comments and blank lines that the parser counts to it are left out. */
function contentEnd(node: unknown): number {
  if (isCollection(node) && !node.flow && node.items.length > 0) {
    const last = node.items.at(-1);
    if (last && typeof last === 'object' && 'key' in last) {
      const { key, value } = last as Entry;
      return Math.max(nodeRange(key)[1], contentEnd(value));
    }
    return contentEnd(last);
  }
  return isScalar(node) || isAlias(node) || isCollection(node) ? nodeRange(node)[1] : 0;
}

function nodeRange(node: Node): [number, number] {
  const range = node.range;
  if (!range) throw new NotByLines('a node without a place');
  return [range[0], range[1]];
}

function isCommentAt(line: string | undefined, column: (at: number) => boolean): boolean {
  const at = line?.search(/\S/) ?? -1;
  return at >= 0 && line?.[at] === '#' && column(at);
}
