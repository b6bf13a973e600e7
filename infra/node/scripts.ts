import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../repository/root.ts';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';

/** Names of these scripts, and of those that they call or read. */
export function scriptsFrom(names: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, called = ''] of withoutComments(readScript(name)).matchAll(calls)) add(called);
  };
  for (const name of names) add(name);
  return [...found];
}

const calls = new RegExp(`(?:${paths.scripts}|\\$LIB)/([a-z][a-z.-]*)`, 'g');

/** Scripts by these names as files of a machine. @param as what becomes of a script's text on its way. */
export function scriptFiles(names: readonly string[], as = (script: string) => script): MachineFile[] {
  return names.map((name) => ({
    path: `${paths.scripts}/${name}`,
    content: as(readScript(name)),
    permissions: '0755',
  }));
}

/**
 * Source of a machine's script, as it is in the repository.
 * @param name as on the machine: `boot`, `node.sh`, a step's.
 * @throws Error where there is none.
 */
export function readScript(name: string): string {
  const file = join('infra/node/scripts', name.endsWith('.sh') ? name : `${name}.sh`);
  try {
    return readFileSync(join(repositoryRoot, file), 'utf8');
  } catch (cause) {
    throw new Error(`the boot program's script "${name}" can't be read from ${file}`, { cause });
  }
}

/**
 * User data is short of room: a script travels in it without its comments, empty lines and indentation, but for
 * here-documents, which stay as they are. So no quoted text may depend on how its lines are indented.
 */
export function withoutComments(script: string): string {
  const [shebang = '', ...lines] = script.split('\n');
  const kept = [shebang];
  let until: string | undefined;
  for (const line of lines) {
    if (until !== undefined) {
      kept.push(line);
      if (line === until) until = undefined;
    } else if (!/^\s*(#|$)/.test(line)) {
      kept.push(line.trimStart());
      until = /<<-? ?['"]?([A-Z]+)/.exec(line)?.[1];
    }
  }
  return `${kept.join('\n')}\n`;
}
