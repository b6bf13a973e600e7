import { execFile } from 'node:child_process';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LayerEntry } from './tar.ts';

const run = promisify(execFile);

/**
 * Everything in directories of this machine (or single files), at the same place in a layer. Links are kept as links, so what
 * they lead to has to be in there too. Times are kept: Python compares its compiled modules' with them.
 */
export async function treeEntries(roots: string[]): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const add = async (path: string): Promise<void> => {
    const state = await lstat(path);
    if (state.isSymbolicLink()) entries.push({ path, link: await readlink(path) });
    else if (state.isFile())
      entries.push({ path, mode: state.mode & 0o777, source: path, time: Math.floor(state.mtimeMs / 1000) });
    else if (state.isDirectory()) {
      entries.push({ path, directory: true, mode: state.mode & 0o777 });
      // Sorted: the same tree gives the same bytes.
      for (const name of (await readdir(path)).sort()) await add(join(path, name));
    }
  };
  for (const root of roots) await add(root);
  return entries;
}

/** Regular files in a directory and those below it. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Libraries that binaries are linked with, the loader among them, at the places where they are looked for. */
export async function sharedLibraries(files: string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const file of files) {
    // Fails for static binaries, which need none.
    const { stdout } = await run('ldd', [file]).catch(() => ({ stdout: '' }));
    for (const [path] of stdout.matchAll(/\/\S+/g)) if (!path.endsWith(':')) found.add(path);
  }
  return [...found].sort();
}

/** Entries for files wherever links lead: as regular files under the given names. */
export async function resolvedFiles(paths: string[]): Promise<(LayerEntry & { source: string })[]> {
  return Promise.all(
    paths.map(async (path) => {
      const source = await realpath(path);
      return { path, mode: (await lstat(source)).mode & 0o777, source };
    }),
  );
}
