import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { runPulumi } from './command.ts';

/*
 * The file backend writes each state whole and then renames it, but beside it a small file of attributes (a checksum, a
 * type) in place. An engine that is killed in that moment leaves half of one, and nobody can read the state any more, though
 * it is there. Nothing needs those files.
 */

/** Whether the CLI has come upon half a file of attributes. */
export function saysDamagedAttributes(text: string): boolean {
  return /failed to load checkpoint:[^\n]*\bEOF\b/.test(text);
}

/**
 * Deletes half files of attributes beside the states of these stacks.
 * @param prefix  what the stacks' names begin with
 * @returns whether the backend is a directory, where reading once more may do: another operation may have mended it meanwhile
 */
export async function mendAttributes(
  prefix: string,
  variables: Readonly<Record<string, string>>,
  cwd: string,
): Promise<boolean> {
  const { failed, stdout } = await runPulumi(['whoami', '--json'], { variables, cwd });
  const url = failed ? '' : ((JSON.parse(stdout) as { url?: string }).url ?? '');
  if (!url.startsWith('file://')) return false;
  // As it was given: relative paths, `~` and parameters included.
  const path = decodeURIComponent(url.slice('file://'.length).split('?')[0]!);
  const directory = resolve(cwd, path.replace(/^~/, homedir()));
  const damaged = attributesBelow(join(directory, '.pulumi/stacks'))
    .filter(({ name }) => name.startsWith(prefix))
    .filter(({ path }) => !isJson(readFileSync(path, 'utf8')));
  for (const { path } of damaged) rmSync(path, { force: true });
  return true;
}

function attributesBelow(directory: string): { name: string; path: string }[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.attrs'))
    .map(({ name, parentPath }) => ({ name, path: join(parentPath, name) }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
