import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, stringify } from 'yaml';
import { exitCode, UserError } from '../../errors/index.ts';

interface Named {
  name: string;
}

/** A kubeconfig as it is written. */
export interface KubeConfigEntries {
  apiVersion: 'v1';
  kind: 'Config';
  'current-context': string;
  clusters: (Named & { cluster: Record<string, unknown> })[];
  users: (Named & { user: Record<string, unknown> })[];
  contexts: (Named & { context: { cluster: string; user: string } })[];
}

/**
 * Writes a kubeconfig into a file that may have others' contexts in it, which stay as they are; entries of the same names
 * are replaced. For its owner's eyes (0600), at once or not at all.
 * @param replaces whether a cluster entry that is there may be replaced by the one of the same name
 * @throws UserError where the file is no kubeconfig, or has another cluster of that name.
 */
export function writeKubeconfig(
  file: string,
  entries: KubeConfigEntries,
  replaces: (cluster: Record<string, unknown>) => boolean,
): void {
  const path = target(file);
  const present = contentOf(path, file);
  const text = present === undefined ? stringify(entries) : merged(present, entries, file, replaces);
  const written = `${path}.${randomUUID().slice(0, 8)}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(written, text, { mode: 0o600, flag: 'wx' });
    renameSync(written, path);
  } catch (cause) {
    rmSync(written, { force: true });
    throw new UserError(`the kubeconfig can't be written: ${(cause as Error).message}`, {
      where: file,
      state: 'the file is as it was',
      fix: 'give another file with --write',
      exitCode: exitCode.blocked,
      cause,
    });
  }
}

/** Of a symbolic link what it leads to: the link stays one. */
function target(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

function contentOf(path: string, file: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.trim() === '' ? undefined : text;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`the kubeconfig can't be read: ${(cause as Error).message}`, {
      where: file,
      state: 'nothing was written',
      fix: 'give another file with --write',
      exitCode: exitCode.blocked,
      cause,
    });
  }
}

function merged(
  present: string,
  entries: KubeConfigEntries,
  file: string,
  replaces: (cluster: Record<string, unknown>) => boolean,
): string {
  const document = parseDocument(present);
  if (document.errors.length > 0 || !isMap(document.contents)) throw noKubeconfig(file);
  for (const list of ['clusters', 'contexts', 'users'] as const)
    for (const entry of entries[list]) {
      const place = placeOf(document, list, entry.name, file);
      if (list === 'clusters' && place.present && !replaces((place.present.cluster ?? {}) as Record<string, unknown>))
        throw new UserError(`the kubeconfig has another cluster "${entry.name}"`, {
          where: `${file}: clusters, ${entry.name}`,
          state: 'nothing was written',
          fix: `write to another file, or first run: kubectl config --kubeconfig ${file} delete-cluster ${entry.name}`,
        });
      document.setIn([list, place.index], document.createNode(entry));
    }
  if (!document.get('current-context')) document.set('current-context', entries['current-context']);
  return document.toString();
}

/** Where an entry of that name is in a list of a kubeconfig, or would go. */
function placeOf(
  document: Document,
  list: string,
  name: string,
  file: string,
): { index: number; present?: Record<string, unknown> } {
  // Also where kubectl has written `null`.
  if (document.get(list) === undefined) document.set(list, document.createNode([]));
  const node = document.get(list);
  if (!isSeq(node)) throw noKubeconfig(file);
  node.flow = false;
  const items = node.toJSON() as Record<string, unknown>[];
  const index = items.findIndex((item) => item?.name === name);
  return index < 0 ? { index: items.length } : { index, present: items[index] };
}

function noKubeconfig(file: string): UserError {
  return new UserError('that file is no kubeconfig', {
    where: file,
    state: 'nothing was written',
    fix: 'give another file with --write, or put it right: `kubectl config view --kubeconfig FILE` says what is wrong',
  });
}
