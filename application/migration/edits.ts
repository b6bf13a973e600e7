import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { DeleteOperation, Kept, KeptItems, MigrationOperation, MoveOperation } from '../../releases/migration.ts';
import {
  blockMap,
  type Entry,
  type Extent,
  entry,
  keyOf,
  type Layout,
  type LineEdit,
  NotByLines,
  shift,
  topMap,
} from './layout.ts';
import { intoOwnSection, keepsItem, stepsOf } from './values.ts';

/**
 * A release's operations as edits of the text's lines, so that comments, quotes, order and spacing of everything else
 * stay. @throws NotByLines for shapes that lines don't do (a gateway inside a flow mapping, ...).
 */
export function valuesEdits(layout: Layout, document: Document, operations: readonly MigrationOperation[]): LineEdit[] {
  const top = topMap(document);
  if (!top) {
    if (isMap(document.contents) && document.contents.items.length > 0) throw new NotByLines('top-level flow mapping');
    return [];
  }
  const edits: LineEdit[] = [];
  const inside = new Map<string, LineOperation[]>();
  for (const operation of operations) {
    if (operation.kind === 'warn') continue;
    if (operation.kind === 'set') throw new NotByLines('a key that gets a value');
    const { section, key } = stepsOf(operation.kind === 'move' ? operation.from : operation.path);
    if (section !== undefined) inside.set(section, [...(inside.get(section) ?? []), operation]);
    else if (operation.kind === 'move') throw new NotByLines('a whole module that moves');
    else {
      const pair = entry(top, key);
      if (pair) edits.push(removal(layout, layout.pair(pair)));
    }
  }
  for (const [name, changes] of inside) {
    const section = entry(top, name);
    if (section && isMap(section.value)) edits.push(...sectionEdits(layout, top, section, changes));
  }
  return edits;
}

type LineOperation = MoveOperation | DeleteOperation;

function sectionEdits(
  layout: Layout,
  top: ReturnType<typeof topMap>,
  section: Entry,
  operations: LineOperation[],
): LineEdit[] {
  const map = section.value;
  const names = isMap(map) ? (map.items as Entry[]).map(keyOf) : [];
  const keyIn = (operation: LineOperation) => stepsOf(operation.kind === 'move' ? operation.from : operation.path).key;
  const found = operations.filter((operation) => names.includes(keyIn(operation)));
  if (found.length === 0) return [];
  const children = blockMap(map);
  if (!children) throw new NotByLines(`${keyOf(section)} is a flow mapping`);

  const outer = layout.pair(section);
  const step = layout.pair(children.items[0] as Entry).column - outer.column;
  const edits: LineEdit[] = [];
  let insideLeft = children.items.length;
  const remove = (pair: Entry) => {
    edits.push(removal(layout, layout.pair(pair)));
    insideLeft--;
  };
  for (const operation of found) {
    const pair = entry(children, keyIn(operation)) as Entry;
    const extent = layout.pair(pair);
    if (operation.kind === 'delete') remove(pair);
    else if (intoOwnSection(operation)) {
      const moved = keptLines(layout, pair, operation.keep, extent.column, step);
      for (const name of moved.names) {
        const replaced = entry(children, name);
        if (replaced) remove(replaced);
      }
      if (moved.lines.length === 0) remove(pair);
      else
        edits.push({
          from: extent.first,
          to: extent.last + 1,
          lines: [...comments(layout, pair, extent), ...moved.lines],
        });
    } else {
      remove(pair);
      const present = entry(top, operation.to);
      if (present) edits.push(removal(layout, layout.pair(present)));
      const inner = ' '.repeat(outer.column + step);
      const lines = [
        ...shift(layout.slice(extent.first, extent.key), outer.column - extent.column),
        `${' '.repeat(outer.column)}${operation.to}:${inlineComment(layout, pair, extent)}`,
        ...Object.entries(operation.set ?? {}).map(([key, value]) => `${inner}${key}: ${JSON.stringify(value)}`),
        ...keptLines(layout, pair, operation.keep, outer.column + step, step).lines,
      ];
      edits.push({ from: outer.last + 1, to: outer.last + 1, lines });
    }
  }
  if (insideLeft > 0) return edits;
  // Nothing is left in it: a bare `istio-ingress:` would be null, which is something else.
  const after = edits.filter(({ from }) => from > outer.last || from < outer.first);
  const empty = `${' '.repeat(outer.column)}${layout.source(section.key)}: {}${inlineComment(layout, section, outer)}`;
  return [{ from: outer.key, to: outer.last + 1, lines: [empty] }, ...after];
}

interface KeptLines {
  names: string[];
  lines: string[];
}

/** What is kept of an entry's mapping, with its keys at `column`. */
function keptLines(layout: Layout, owner: Entry, keep: Kept, column: number, step: number): KeptLines {
  const result: KeptLines = { names: [], lines: [] };
  if (!isMap(owner.value)) return result;
  const flow = owner.value.flow === true;
  for (const child of owner.value.items as Entry[]) {
    const name = keyOf(child);
    const how = Object.hasOwn(keep, name) ? keep[name] : undefined;
    if (!how) continue;
    let at = column;
    if (how === 'as-it-is') {
      result.names.push(name);
      result.lines.push(...pairLines(layout, child, flow, column));
    } else if ('section' in how) {
      result.names.push(name);
      result.lines.push(...keptSection(layout, child, how.section, flow, column, step));
    } else {
      at = column + step;
      result.names.push(how.below);
      result.lines.push(`${' '.repeat(column)}${how.below}:`, ...keptItems(layout, child, how, flow, at));
    }
    if (!flow && child === owner.value.items.at(-1)) result.lines.push(...trailing(layout, owner, child, at));
  }
  return result;
}

/** An entry whose value is a mapping of which some is kept; `{}` where nothing is. */
function keptSection(layout: Layout, pair: Entry, keep: Kept, inFlow: boolean, column: number, step: number): string[] {
  const { above, key, comment } = headOf(layout, pair, inFlow, column);
  const { lines } = keptLines(layout, pair, keep, column + step, step);
  return lines.length === 0 ? [...above, `${key} {}${comment}`] : [...above, key + comment, ...lines];
}

/** An entry's key at `column`, with the comments above and behind it. */
function headOf(layout: Layout, pair: Entry, inFlow: boolean, column: number) {
  const extent = inFlow ? undefined : layout.pair(pair);
  return {
    extent,
    above: extent ? shift(layout.slice(extent.first, extent.key), column - extent.column) : [],
    key: `${' '.repeat(column)}${layout.source(pair.key)}:`,
    comment: extent ? inlineComment(layout, pair, extent) : '',
  };
}

function keptItems(layout: Layout, pair: Entry, how: KeptItems, inFlow: boolean, column: number): string[] {
  const { value } = pair;
  const { extent, above, key, comment } = headOf(layout, pair, inFlow, column);
  if (isSeq(value)) {
    const kept = (value.items as Node[]).map((item) => keepsItem(item.toJSON(), how));
    if (kept.every(Boolean) && value.items.length > 0) return pairLines(layout, pair, inFlow, column);
    if (kept.some(Boolean)) {
      if (value.flow) return [...above, `${key} ${flowItems(layout, value.items as Node[], kept)}${comment}`];
      if (extent) {
        const items = layout.items(value);
        const lines = items.flatMap(({ first, last }, index) => (kept[index] ? layout.slice(first, last + 1) : []));
        if (kept.at(-1)) lines.push(...layout.slice((items.at(-1)?.last ?? extent.last) + 1, extent.last + 1));
        return [...above, key + comment, ...shift(lines, column - extent.column)];
      }
    }
  }
  return [...above, `${key} []${comment}`];
}

/** A flow sequence of the kept items, each as it was written. */
function flowItems(layout: Layout, items: Node[], kept: boolean[]): string {
  return `[${items
    .filter((_, index) => kept[index])
    .map((item) => layout.source(item))
    .join(', ')}]`;
}

/** An entry's own lines, moved to `column`; one from a flow mapping gets a line of its own. */
function pairLines(layout: Layout, pair: Entry, inFlow: boolean, column: number): string[] {
  if (!inFlow) {
    const extent = layout.pair(pair);
    return shift(layout.slice(extent.first, extent.last + 1), column - extent.column);
  }
  const value = pair.value ? ` ${layout.source(pair.value)}` : '';
  return `${' '.repeat(column)}${layout.source(pair.key)}:${value}`.split('\n');
}

/** Comments that stand below the last child of an entry, level with it. */
function trailing(layout: Layout, owner: Entry, child: Entry, column: number): string[] {
  const { last, column: childColumn } = layout.pair(child);
  return shift(layout.slice(last + 1, layout.pair(owner).last + 1), column - childColumn);
}

/** Comments of an entry that dissolves into its children: those above it and the one behind its key. */
function comments(layout: Layout, pair: Entry, extent: Extent): string[] {
  const behind = inlineComment(layout, pair, extent).trim();
  const above = layout.slice(extent.first, extent.key);
  return behind ? [...above, ' '.repeat(extent.column) + behind] : above;
}

/** Comment behind `key:` where the value starts on a later line; with a space before it. */
function inlineComment(layout: Layout, pair: Entry, extent: Extent): string {
  if (
    !blockMap(pair.value) &&
    !(isSeq(pair.value) && !pair.value.flow) &&
    !(isScalar(pair.value) && pair.value.value === null)
  )
    return '';
  return /\s+#.*$/.exec(layout.lines[extent.key] ?? '')?.[0] ?? '';
}

/** Removes an entry, and the blank line above it where another blank line (or the end) follows. */
function removal(layout: Layout, { first, last }: Extent): LineEdit {
  const blank = (line: number) => layout.lines[line] === undefined || layout.lines[line]?.trim() === '';
  const from = first > 0 && blank(first - 1) && blank(last + 1) ? first - 1 : first;
  return { from, to: last + 1, lines: [] };
}
