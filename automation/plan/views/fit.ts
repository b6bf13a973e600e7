/** What a piece tells, for saying what was left out. */
export type PieceKind = 'row' | 'diff' | 'manifest';

/** A part of a comment that may be left out. */
export interface Piece {
  lines: string[];
  /** The lower, the longer it is kept. */
  weight: number;
  kind: PieceKind;
  /** Goes together with this one: a diff without its heading says nothing. */
  below?: Piece;
  /** Takes the place of the lines of `below`, where both are kept: not longer than those. */
  heading?: string[];
}

/** A part of a comment: a frame (heading, table head, fold) around pieces. */
export interface Section {
  open: string[];
  pieces: Piece[];
  close: string[];
  /** Said inside of the frame where pieces other than diffs are missing. */
  missing?: (count: number) => string[];
}

/** Lines that are always there, or a section that goes where none of its pieces is kept. */
export type Block = string[] | Section;

export interface Fitted {
  text: string;
  /** How many pieces of each kind were left out. */
  dropped: Record<PieceKind, number>;
}

/** Characters kept for saying, in each frame, that something is missing. */
const missingRoom = 80;

/**
 * Joins blocks to a text of at most `limit` UTF-16 units. What has to go is left out piece by piece, the heaviest first;
 * frames go with the last of their pieces, so that every fold, table and block of code stays whole.
 */
export function fitInto(blocks: Block[], limit: number): Fitted {
  let best = attempt(blocks, limit);
  let assumed = limit;
  // What was kept for notices and wasn't needed is given to further pieces.
  for (let turn = 0; turn < 3 && isCut(best); turn++) {
    assumed += Math.floor((limit - best.text.length) * 0.9);
    const next = attempt(blocks, assumed);
    if (next.text.length > limit) break;
    best = next;
  }
  return best;
}

function isCut({ dropped }: Fitted): boolean {
  return Object.values(dropped).some((count) => count > 0);
}

function attempt(blocks: Block[], limit: number): Fitted {
  const sections = blocks.filter((block): block is Section => !Array.isArray(block));
  let room = limit;
  for (const block of blocks) if (Array.isArray(block)) room -= size(block);
  const kept = new Set<Piece>();
  const opened = new Set<Section>();
  const all = sections.flatMap((section, place) => section.pieces.map((piece) => ({ section, piece, place })));
  const total = sections.reduce(
    (sum, section) =>
      sum +
      size(section.open) +
      size(section.close) +
      section.pieces.reduce((more, piece) => more + size(piece.lines), 0),
    0,
  );
  if (total <= room) {
    for (const { piece, section } of all) kept.add(piece) && opened.add(section);
  } else {
    for (const { section, piece } of all.sort((a, b) => a.piece.weight - b.piece.weight || a.place - b.place)) {
      if (piece.below && !kept.has(piece.below)) continue;
      const frame = opened.has(section) ? 0 : size(section.open) + size(section.close) + missingRoom;
      const needed = size(piece.lines) + frame;
      if (needed > room) continue;
      room -= needed;
      opened.add(section);
      kept.add(piece);
    }
  }
  const dropped: Fitted['dropped'] = { row: 0, diff: 0, manifest: 0 };
  for (const { piece } of all) if (!kept.has(piece)) dropped[piece.kind]++;
  const headings = new Map([...kept].flatMap(({ below, heading }) => (below && heading ? [[below, heading]] : [])));
  const lines = blocks.flatMap((block) => {
    if (Array.isArray(block)) return block;
    if (!opened.has(block)) return [];
    const pieces = block.pieces.filter((piece) => kept.has(piece));
    // Of a change that is named without its diff, the notice at the top tells.
    const gone = block.pieces.filter((piece) => piece.kind !== 'diff' && !kept.has(piece)).length;
    return [
      ...block.open,
      ...pieces.flatMap((piece) => headings.get(piece) ?? piece.lines),
      ...(gone > 0 ? (block.missing?.(gone) ?? []) : []),
      ...block.close,
    ];
  });
  // Lines of code are never quite empty there: they are indented.
  const single = lines.filter((line, place) => line !== '' || lines[place - 1] !== '');
  return { text: `${single.join('\n').trimEnd()}\n`, dropped };
}

function size(lines: string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
