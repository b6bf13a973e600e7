import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
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
import { keepsPort } from './values.ts';

/**
 * The migration of {@link migrateValues} as edits of the text's lines, so that comments, quotes, order and spacing of
 * everything else stay. @throws NotByLines for shapes that lines don't do (a gateway inside a flow mapping, ...).
 */
export function valuesEdits(layout: Layout, document: Document): LineEdit[] {
  const top = topMap(document);
  if (!top) {
    if (isMap(document.contents) && document.contents.items.length > 0) throw new NotByLines('top-level flow mapping');
    return [];
  }
  const edits: LineEdit[] = [];
  const kiam = entry(top, 'kiam');
  if (kiam) edits.push(removal(layout, layout.pair(kiam)));
  const ingress = entry(top, 'istio-ingress');
  if (ingress && isMap(ingress.value))
    edits.push(...ingressEdits(layout, ingress, entry(top, 'istio-private-ingress')));
  return edits;
}

function ingressEdits(layout: Layout, ingress: Entry, present: Entry | undefined): LineEdit[] {
  const map = ingress.value;
  const names = isMap(map) ? (map.items as Entry[]).map(keyOf) : [];
  const leaving = ['private', 'public', 'global'].filter((name) => names.includes(name));
  if (leaving.length === 0) return [];
  const children = blockMap(map);
  if (!children) throw new NotByLines('istio-ingress is a flow mapping');

  const outer = layout.pair(ingress);
  const first = children.items[0] as Entry;
  const step = layout.pair(first).column - outer.column;
  const edits: LineEdit[] = [];
  let insideLeft = children.items.length;
  const remove = (pair: Entry) => {
    edits.push(removal(layout, layout.pair(pair)));
    insideLeft--;
  };

  const publicGateways = entry(children, 'public');
  if (publicGateways) {
    const extent = layout.pair(publicGateways);
    const moved = movedChildren(layout, publicGateways, extent.column, step);
    for (const name of moved.names) {
      const replaced = entry(children, name);
      if (replaced) remove(replaced);
    }
    if (moved.lines.length === 0) remove(publicGateways);
    else
      edits.push({
        from: extent.first,
        to: extent.last + 1,
        lines: [...comments(layout, publicGateways, extent), ...moved.lines],
      });
  }
  const global = entry(children, 'global');
  if (global) remove(global);

  const privateGateways = entry(children, 'private');
  if (privateGateways) {
    remove(privateGateways);
    if (present) edits.push(removal(layout, layout.pair(present)));
    const extent = layout.pair(privateGateways);
    const moved = movedChildren(layout, privateGateways, outer.column + step, step);
    const lines = [
      ...shift(layout.slice(extent.first, extent.key), outer.column - extent.column),
      `${' '.repeat(outer.column)}istio-private-ingress:${inlineComment(layout, privateGateways, extent)}`,
      `${' '.repeat(outer.column + step)}enabled: true`,
      ...moved.lines,
    ];
    edits.push({ from: outer.last + 1, to: outer.last + 1, lines });
  }
  if (insideLeft > 0) return edits;
  // Nothing is left in it: a bare `istio-ingress:` would be null, which is something else.
  const after = edits.filter(({ from }) => from > outer.last || from < outer.first);
  const empty = `${' '.repeat(outer.column)}${layout.source(ingress.key)}: {}${inlineComment(layout, ingress, outer)}`;
  return [{ from: outer.key, to: outer.last + 1, lines: [empty] }, ...after];
}

interface Moved {
  names: string[];
  lines: string[];
}

/** What of a 1.21 gateway moves, with its keys at `column`: `certificates` as it is, `gateway` rebuilt. */
function movedChildren(layout: Layout, owner: Entry, column: number, step: number): Moved {
  const moved: Moved = { names: [], lines: [] };
  if (!isMap(owner.value)) return moved;
  for (const child of owner.value.items as Entry[]) {
    const name = keyOf(child);
    if (name !== 'certificates' && name !== 'gateway') continue;
    moved.names.push(name);
    const flow = owner.value.flow === true;
    const lines = name === 'gateway' ? gatewayLines : pairLines;
    moved.lines.push(...lines(layout, child, flow, column, step));
    if (!flow && child === owner.value.items.at(-1)) moved.lines.push(...trailing(layout, owner, child, column));
  }
  return moved;
}

function gatewayLines(layout: Layout, gateway: Entry, inFlow: boolean, column: number, step: number): string[] {
  const { value } = gateway;
  const replicas = isMap(value) ? (value.items as Entry[]).find((pair) => keyOf(pair) === 'replicaCount') : undefined;
  const ports = isMap(value) ? (value.items as Entry[]).find((pair) => keyOf(pair) === 'ports') : undefined;
  const extent = inFlow ? undefined : layout.pair(gateway);
  const above = extent ? shift(layout.slice(extent.first, extent.key), column - extent.column) : [];
  const comment = extent ? inlineComment(layout, gateway, extent) : '';
  const key = `${' '.repeat(column)}${layout.source(gateway.key)}:`;
  if (!isMap(value) || (!replicas && !ports)) return [...above, `${key} {}${comment}`];
  const flow = value.flow === true;
  const lines = [...above, key + comment];
  for (const pair of value.items as Entry[]) {
    if (pair === replicas) lines.push(...pairLines(layout, pair, flow, column + step));
    if (pair === ports) {
      lines.push(`${' '.repeat(column + step)}service:`, ...portsLines(layout, pair, flow, column + 2 * step));
    }
  }
  const last = value.items.at(-1) as Entry;
  if (!flow && (last === ports || last === replicas))
    lines.push(...trailing(layout, gateway, last, column + (last === ports ? 2 : 1) * step));
  return lines;
}

function portsLines(layout: Layout, ports: Entry, inFlow: boolean, column: number): string[] {
  const { value } = ports;
  const key = `${' '.repeat(column)}${layout.source(ports.key)}:`;
  const extent = inFlow ? undefined : layout.pair(ports);
  const above = extent ? shift(layout.slice(extent.first, extent.key), column - extent.column) : [];
  const comment = extent ? inlineComment(layout, ports, extent) : '';
  if (isSeq(value)) {
    const kept = (value.items as Node[]).map((item) => keepsPort(item.toJSON()));
    if (kept.every(Boolean) && value.items.length > 0) return pairLines(layout, ports, inFlow, column);
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
