import { type Document, Scalar } from 'yaml';
import type { MigrationOperation } from '../../releases/migration.ts';
import type { LiteralBlock } from './application.ts';
import { valuesEdits } from './edits.ts';
import { applyEdits, Layout, NotByLines } from './layout.ts';
import { rewriteTree } from './tree.ts';
import type { Values } from './values.ts';

/** Text that takes the place of what lies between two offsets. */
export interface Replacement {
  start: number;
  end: number;
  text: string;
}

/** The values migrated by editing their lines; undefined where their shape doesn't allow it. */
export function byLines(
  text: string,
  scalar: Scalar<string>,
  block: LiteralBlock | undefined,
  document: Document,
  operations: readonly MigrationOperation[],
): Replacement | undefined {
  try {
    const layout = new Layout(scalar.value);
    const edits = valuesEdits(layout, document, operations);
    if (!block) return inItsStyle(text, scalar, applyEdits(layout.lines, edits).join('\n'));
    const { start, end } = block;
    const raw = text.slice(start, end).split('\n');
    const lines = applyEdits(raw, edits, block.indent, raw[0]?.endsWith('\r') ? '\r' : '');
    return { start, end, text: lines.join('\n') };
  } catch (error) {
    if (error instanceof NotByLines) return undefined;
    throw error;
  }
}

/** These values, written into the tree that there is. Changes the document. */
export function byTree(
  text: string,
  scalar: Scalar<string>,
  block: LiteralBlock | undefined,
  document: Document,
  migrated: Values,
): Replacement {
  rewriteTree(document, migrated);
  const values = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  if (!block) return inItsStyle(text, scalar, values);
  const lines = values.split('\n').map((line) => (line === '' ? '' : block.indent + line));
  return { start: block.start, end: block.end, text: lines.join('\n') };
}

/** Values that are no literal block: a double-quoted string stays one, other styles become a literal block. */
function inItsStyle(text: string, scalar: Scalar<string>, values: string): Replacement {
  const [start, end] = scalar.range ?? [0, 0];
  if (scalar.type === Scalar.QUOTE_DOUBLE) return { start, end, text: JSON.stringify(values) };
  const line = text.slice(text.lastIndexOf('\n', start) + 1, start);
  const indent = ' '.repeat(line.length - line.trimStart().length + 2);
  const lines = values
    .trimEnd()
    .split('\n')
    .map((each) => (each === '' ? '' : indent + each));
  return { start, end, text: `|\n${lines.join('\n')}${text[end - 1] === '\n' ? '\n' : ''}` };
}

/** A scalar's new value in the quotes it had. */
export function scalarReplacement(scalar: Scalar, value: string): Replacement {
  const [start, end] = scalar.range ?? [0, 0];
  const quote = scalar.type === Scalar.QUOTE_DOUBLE ? '"' : scalar.type === Scalar.QUOTE_SINGLE ? "'" : '';
  return { start, end, text: quote + value + quote };
}

/** Applies replacements that don't overlap. */
export function replaceAll(text: string, replacements: Replacement[]): string {
  return [...replacements]
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, text: next }) => result.slice(0, start) + next + result.slice(end), text);
}
