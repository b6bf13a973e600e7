/**
 * An entry of a layer: what is where in a container's root. Everything belongs to root; times are zero unless told, so that
 * the same contents are the same bytes.
 */
export type LayerEntry =
  | { path: string; mode?: number; content: string | Buffer }
  /** A file of this machine's, copied. */
  | { path: string; mode?: number; source: string /** Seconds. */; time?: number }
  | { path: string; link: string }
  | { path: string; mode?: number; directory: true };

/** A layer before it is made. The name is its place in the store: layers of one name replace each other. */
export interface LayerPlan {
  name: string;
  entries: LayerEntry[];
}

const blockSize = 512;
const nameLimit = 100;
const linkLimit = 100;

/** Header blocks of an entry; names longer than the format's come before it in a block of their own, as GNU tar does. */
export function tarHeader(entry: LayerEntry, size: number): Buffer {
  const name = 'directory' in entry ? `${relative(entry.path)}/` : relative(entry.path);
  const link = 'link' in entry ? entry.link : '';
  const blocks: Buffer[] = [];
  if (Buffer.byteLength(name) > nameLimit) blocks.push(longName('L', name));
  if (Buffer.byteLength(link) > linkLimit) blocks.push(longName('K', link));
  blocks.push(
    header(name, { type: typeOf(entry), mode: modeOf(entry), size, link, time: 'source' in entry ? entry.time : 0 }),
  );
  return Buffer.concat(blocks);
}

/** Zeros up to the next full block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

/** What ends an archive. */
export const tarEnd = Buffer.alloc(2 * blockSize);

function typeOf(entry: LayerEntry): string {
  if ('directory' in entry) return '5';
  return 'link' in entry ? '2' : '0';
}

function modeOf(entry: LayerEntry): number {
  if ('link' in entry) return 0o777;
  return entry.mode ?? ('directory' in entry ? 0o755 : 0o644);
}

function relative(path: string): string {
  return path.replace(/^\/+/, '');
}

function longName(type: 'L' | 'K', name: string): Buffer {
  const content = Buffer.from(`${name}\0`);
  return Buffer.concat([
    header('././@LongLink', { type, mode: 0o644, size: content.length, link: '' }),
    content,
    tarPadding(content.length),
  ]);
}

function header(
  name: string,
  { type, mode, size, link, time = 0 }: { type: string; mode: number; size: number; link: string; time?: number },
): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'ascii');
  block.write(name, 0, nameLimit);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(time, 136, 12);
  block.write('        ', 148, 'ascii');
  block.write(type, 156, 'ascii');
  block.write(link, 157, linkLimit);
  block.write('ustar  \0', 257, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
