import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { Environment } from '../../environment/environment.ts';
import { type ManifestFile, manifestsDirectory, manifestToCompare } from '../../stacks/delivery.ts';
import { maskTexts } from '../engine/changes/masking.ts';
import { repository } from '../live/git.ts';

/** What a commit of rendered manifests changes about one object. */
export interface ManifestChange {
  operation: 'create' | 'update' | 'delete';
  module: string;
  /** `Kind/namespace/name`; of a deleted one the name of its file. */
  object: string;
  /** File below the environment's directory. */
  path: string;
  /** Unified diff of the file, without what is secret in it. */
  diff: string;
  /** The file as it is committed. */
  before: string;
}

/** Directory of an environment's rendered manifests, absolute. */
export function manifestsOf({ directory, name }: Environment): string {
  return join(directory, name, manifestsDirectory);
}

/** What rendered manifests change about the committed ones, by object. */
export async function manifestChanges(environment: Environment, files: ManifestFile[]): Promise<ManifestChange[]> {
  const { git, root } = await repository({ workingTree: environment.directory });
  const home = join(environment.directory, environment.name);
  const prefix = relative(root, home).split(sep).join('/');
  const inRepository = (path: string) => (prefix ? `${prefix}/${path}` : path);
  const tree = await git.raw(['ls-tree', '-r', '-z', 'HEAD', '--', inRepository(manifestsDirectory)]).catch(() => '');
  const committed = new Map(
    tree
      .split('\0')
      .filter(Boolean)
      .map((line) => {
        const [about = '', path = ''] = line.split('\t');
        return [prefix ? path.slice(prefix.length + 1) : path, about.split(' ')[2] ?? ''];
      }),
  );
  const show = (path: string) => git.show([`HEAD:${inRepository(path)}`]);
  const changes: ManifestChange[] = [];
  for (const { path, module, object, text } of files) {
    const before = committed.get(path);
    committed.delete(path);
    if (before === blobHash(text)) continue;
    const old = before ? await show(path) : '';
    const operation = before ? 'update' : 'create';
    changes.push({ operation, module, object, path, diff: diff(path, old, text), before: old });
  }
  for (const path of committed.keys()) {
    const [, module = ''] = path.split('/');
    const object = basename(path, '.yaml');
    const old = await show(path);
    changes.push({ operation: 'delete', module, object, path, diff: diff(path, old, ''), before: old });
  }
  return changes;
}

/** Name that git has for a file with this text. */
function blobHash(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

function diff(path: string, before: string, after: string): string {
  const sides = maskTexts(manifestToCompare(before), manifestToCompare(after));
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, ...sides, undefined, undefined, { context: 3 });
}

/** Makes the environment's directory of manifests hold exactly these files. */
export async function writeManifests(environment: Environment, files: ManifestFile[]): Promise<void> {
  const home = join(environment.directory, environment.name);
  const wanted = new Map(files.map(({ path, text }) => [join(home, path), text]));
  const directory = manifestsOf(environment);
  if (existsSync(directory)) {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && !wanted.has(file)) await rm(file);
    }
  }
  for (const [file, text] of wanted) {
    if (existsSync(file) && (await readFile(file, 'utf8')) === text) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** `12 objects of logging to update, 1 to delete`; `no changes` where there are none. */
export function describeManifests(changes: ManifestChange[]): string {
  const counts = (['create', 'update', 'delete'] as const).flatMap((operation) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count > 0 ? [`${count} to ${operation}`] : [];
  });
  return counts.join(', ') || 'no changes';
}
