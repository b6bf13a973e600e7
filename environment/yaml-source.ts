import {
  type Alias,
  type Document,
  type DocumentOptions,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParseOptions,
  parseDocument,
  type SchemaOptions,
  visit,
} from 'yaml';
import type { Path, SchemaProblem } from '../errors/schema-problems.ts';
import { isSecretName } from '../secrets/secret-names.ts';

/** Line and column, counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/** Something wrong at one place of a YAML text; the place is that of the key where the key itself is wrong. */
export interface Problem extends SchemaProblem {
  /** Where the path alone doesn't tell it: syntax errors. */
  position?: Position;
}

/** A YAML text that can say where in its file something is. */
export interface YamlSource {
  /** File as messages call it. */
  file: string;
  document: Document.Parsed;
  /** What it says; undefined where it can't be read. */
  content: unknown;
  /** What is wrong with it as YAML: syntax, keys that are there twice, aliases without an anchor. */
  broken: Problem[];
  lines: LineCounter;
  /** Where a position within this text is in the file; differs for YAML inside a block scalar. */
  locate(position: Position): Position;
  /** Path in front of every path shown, e.g. `spec.source.helm.values` for the YAML inside it. */
  prefix: Path;
}

/** For YAML that is a text inside another file: where in the file, and how whoever reads that text takes it. */
export interface Inside extends Pick<YamlSource, 'locate' | 'prefix'> {
  options?: ParseOptions & DocumentOptions & SchemaOptions;
}

/** Reads one YAML document. Never throws for what is in it: see `broken`. */
export function readYaml(text: string, file: string, inside?: Inside): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...inside?.options, lineCounter: lines, prettyErrors: false });
  const source: YamlSource = {
    file,
    document,
    lines,
    content: undefined,
    broken: [],
    locate: inside?.locate ?? ((position) => position),
    prefix: inside?.prefix ?? [],
  };
  source.broken = [
    ...document.errors.map((error) =>
      error.code === 'DUPLICATE_KEY'
        ? duplicateKey(source, error.pos[0])
        : { path: [], message: `broken YAML: ${error.message}`, position: positionAt(source, error.pos[0]) },
    ),
    ...lostAliases(source),
  ];
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (readable && source.broken.length === document.errors.length) source.content = contentOf(source);
  return source;
}

/** A document whose aliases expand to more than anybody writes by hand can't be read. */
function contentOf(source: YamlSource): unknown {
  try {
    return source.document.toJS();
  } catch (error) {
    source.broken.push({
      path: [],
      message: `broken YAML: ${(error as Error).message}`,
      position: positionAt(source, 0),
    });
    return undefined;
  }
}

function duplicateKey(source: YamlSource, offset: number): Problem {
  let found: Problem | undefined;
  visit(source.document, {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key) || pair.key.range?.[0] !== offset) return undefined;
      const key = keyText(pair);
      const map = ancestors.at(-1);
      const first = isMap(map) ? map.items.find((item) => keyText(item) === key) : undefined;
      const line = isScalar(first?.key) && first.key.range ? positionAt(source, first.key.range[0]).line : undefined;
      found = {
        path: [...pathOf(ancestors), key],
        message: `key "${key}" is there twice${line ? `, first in line ${line}` : ''}`,
        position: positionAt(source, offset),
      };
      return visit.BREAK;
    },
  });
  return found ?? { path: [], message: 'broken YAML: keys must be unique', position: positionAt(source, offset) };
}

function lostAliases(source: YamlSource): Problem[] {
  const lost: Problem[] = [];
  visit(source.document, {
    Alias(key, alias, ancestors) {
      if (alias.resolve(source.document)) return;
      const at = typeof key === 'number' && isSeq(ancestors.at(-1)) ? [key] : [];
      lost.push({
        path: [...pathOf(ancestors), ...at],
        // A password may begin with a star, too.
        message: isSecretName(String(pathOf(ancestors).at(-1) ?? ''))
          ? 'a value that begins with * is an alias, and there is no such anchor; put it in quotes'
          : `*${alias.source} has no anchor &${alias.source} before it`,
        position: positionAt(source, alias.range?.[0] ?? 0),
      });
    },
  });
  return lost;
}

/** Path of what `visit` is at, from the nodes above it. */
function pathOf(ancestors: readonly unknown[]): (string | number)[] {
  return ancestors.flatMap((ancestor, index): (string | number)[] => {
    const below = ancestors[index + 1];
    if (isSeq(ancestor) && below !== undefined) return [ancestor.items.indexOf(below)];
    return isPairLike(ancestor) ? [keyText(ancestor)] : [];
  });
}

function isPairLike(value: unknown): value is Pair {
  return typeof value === 'object' && value !== null && !isNode(value) && 'key' in value && 'value' in value;
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? (pair.key.source ?? pair.key.value) : pair.key);
}

/**
 * Where a problem is in the file: a key that is wrong, a value that is wrong; for something missing, the key of what it
 * is missing from. What comes from an anchor or a merge (`<<`) is shown where it is written.
 */
export function positionOf(source: YamlSource, { path, key, position }: Problem): Position {
  if (position) return position;
  let node: Node | undefined = resolved(source, source.document.contents);
  let place: Position | undefined = startOf(source, node);
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1;
    const pair: Pair | undefined = isMap(node) ? pairOf(source, node, String(step)) : undefined;
    const next = resolved(source, pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined);
    const own = isScalar(pair?.key) ? startOf(source, pair.key) : undefined;
    if (last)
      return (
        (key !== undefined ? own : undefined) ??
        startOf(source, next) ??
        own ??
        place ??
        source.locate({ line: 1, column: 1 })
      );
    if (!pair && !next) break;
    place = own ?? startOf(source, next) ?? place;
    node = next;
  }
  return place ?? source.locate({ line: 1, column: 1 });
}

function pairOf(source: YamlSource, map: { items: Pair[] }, key: string): Pair | undefined {
  const own = map.items.find((pair) => keyText(pair) === key);
  if (own) return own;
  for (const { value } of map.items.filter((pair) => keyText(pair) === '<<')) {
    const merged = resolved(source, value);
    for (const part of isSeq(merged) ? merged.items : [merged]) {
      const tree = resolved(source, part);
      const found = isMap(tree) ? pairOf(source, tree as { items: Pair[] }, key) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function resolved(source: YamlSource, node: unknown): Node | undefined {
  if (isAlias(node)) return (node as Alias).resolve(source.document);
  return isNode(node) ? node : undefined;
}

function startOf(source: YamlSource, node: Node | undefined): Position | undefined {
  return node?.range ? positionAt(source, node.range[0]) : undefined;
}

/** Where in the file an offset of this text is. */
export function positionAt(source: Pick<YamlSource, 'lines' | 'locate'>, offset: number): Position {
  const { line, col } = source.lines.linePos(offset);
  return source.locate({ line: Math.max(line, 1), column: Math.max(col, 1) });
}
