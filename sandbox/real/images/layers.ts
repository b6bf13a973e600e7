import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LayerEntry, tarEnd, tarHeader, tarPadding } from './tar.ts';

/** A blob by what is in it. Layers aren't compressed: they never leave the machine, and unpacking is what takes time. */
export interface Blob {
  /** `sha256:<hex>`. */
  digest: string;
  size: number;
}

/** Milliseconds after which a layer that nobody asked for is taken for one that nobody serves. */
const keptUnused = 24 * 3600_000;

/** Layers of images, made once and kept by their contents' digest. */
export class LayerStore {
  private making = new Map<string, Promise<Blob>>();

  /** @param directory  where layers are kept; made when first needed */
  constructor(private directory: string) {}

  /** File of a blob. */
  file(digest: string): string {
    return join(this.directory, digest.replace(':', '-'));
  }

  /**
   * The layer of that name. Made anew where an entry or one of the files it is made of has changed since; the blob it had
   * before goes a day after it was last asked for.
   * @throws Error when a source can't be read; it has the file's name in it
   */
  layer(name: string, entries: LayerEntry[]): Promise<Blob> {
    let making = this.making.get(name);
    if (!making) {
      making = this.make(name, entries);
      this.making.set(name, making);
      // Next time may go better, e.g. once the tool is there.
      making.catch(() => this.making.delete(name));
    }
    return making;
  }

  private async make(name: string, entries: LayerEntry[]): Promise<Blob> {
    await mkdir(this.directory, { recursive: true });
    const key = await keyOf(entries);
    const record = join(this.directory, `${name.replaceAll(/[^\w.-]/g, '_')}.json`);
    const before = await readRecord(record);
    if (before?.key === key && (await touch(this.file(before.digest)))) return before;
    const blob = await this.write(entries);
    await writeWhole(record, JSON.stringify({ key, ...blob }));
    await this.removeUnused();
    return blob;
  }

  /** Layers that no name leads to any more, unless another sandbox, of an older version, may still serve them. */
  private async removeUnused(): Promise<void> {
    const names = await readdir(this.directory);
    const records = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readRecord(join(this.directory, name)));
    const used = new Set((await Promise.all(records)).map((record) => record && this.file(record.digest)));
    for (const name of names) {
      const file = join(this.directory, name);
      if (name.endsWith('.json') || used.has(file)) continue;
      const { mtimeMs = Date.now() } = await stat(file).catch(() => ({}) as { mtimeMs?: number });
      if (Date.now() - mtimeMs > keptUnused) await rm(file, { force: true });
    }
  }

  private async write(entries: LayerEntry[]): Promise<Blob> {
    const partial = join(this.directory, `.partial-${randomUUID()}`);
    const output = await open(partial, 'w');
    const hash = createHash('sha256');
    let size = 0;
    const put = async (bytes: Buffer) => {
      hash.update(bytes);
      size += bytes.length;
      await writeAll(output, bytes);
    };
    try {
      for (const entry of entries) await writeEntry(entry, put);
      await put(tarEnd);
      await output.close();
      const digest = `sha256:${hash.digest('hex')}`;
      await rename(partial, this.file(digest));
      return { digest, size };
    } catch (error) {
      await output.close().catch(() => undefined);
      await rm(partial, { force: true });
      throw error;
    }
  }
}

async function writeEntry(entry: LayerEntry, put: (bytes: Buffer) => Promise<void>): Promise<void> {
  if ('source' in entry) {
    const { size } = await stat(entry.source);
    await put(tarHeader(entry, size));
    let read = 0;
    for await (const chunk of createReadStream(entry.source, { highWaterMark: 1 << 20 })) {
      read += (chunk as Buffer).length;
      await put(chunk as Buffer);
    }
    if (read !== size) throw new Error(`${entry.source} changed while it was read`);
    await put(tarPadding(size));
    return;
  }
  const content = 'content' in entry ? Buffer.from(entry.content) : Buffer.alloc(0);
  await put(tarHeader(entry, content.length));
  await put(content);
  await put(tarPadding(content.length));
}

/** Changes when what the layer is made from does: contents of small files, size and time of large ones. */
async function keyOf(entries: LayerEntry[]): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    hash.update(JSON.stringify(entry));
    if ('source' in entry) {
      const { size, mtimeMs } = await stat(entry.source);
      hash.update(`${size} ${mtimeMs}`);
    }
  }
  return hash.digest('hex');
}

async function readRecord(path: string): Promise<({ key: string } & Blob) | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // None, or cut short: made anew.
    return undefined;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${randomUUID()}`;
  await writeFile(partial, text);
  await rename(partial, path);
}

async function writeAll(output: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await output.write(bytes, at)).bytesWritten;
}

/** Notes that a file is in use; false where there is none. */
function touch(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}
