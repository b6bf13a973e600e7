import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bootTimes } from '../../deviations.ts';
import { pause } from '../../kubernetes/collection.ts';
import type { Instance } from '../instance.ts';

/**
 * What stands in for one step of the boot program, a script of the same name in infra/node/scripts: it does, refuses and
 * waits for what that one does. A rejection is the script's failure: the program begins again with the first step.
 */
export type Step = (instance: Instance) => Promise<void>;

/** Facts of this boot, in the machine's /run/kubezero: gone after a reboot, as on a real machine. */
const run = '/run/kubezero';

/** Whether an earlier pass of this boot has left that mark. */
export function isMarked(instance: Instance, mark: string): boolean {
  return existsSync(instance.path(`${run}/${mark}`));
}

export function mark(instance: Instance, name: string, content = ''): void {
  writeWhole(instance.path(`${run}/${name}`), content);
}

export function unmark(instance: Instance, name: string): void {
  rmSync(instance.path(`${run}/${name}`), { force: true });
}

/** Notes facts of this boot, for the steps after this one and for whoever reads the machine's instance.env. */
export function note(instance: Instance, facts: Record<string, string>): void {
  Object.assign(instance.placeholders, facts);
  const lines = Object.entries(instance.placeholders).map(([name, value]) => `${name}='${value}'\n`);
  mark(instance, 'instance.env', lines.join(''));
}

/** A file gets its name once it is complete, so that a boot may end at any point. */
export function writeWhole(file: string, content: string, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content, { mode });
  renameSync(`${file}.new`, file);
}

/** Content of a file; undefined where there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Until something is so; an error counts as "not yet".
 * @throws Error with what is waited for after that many seconds, or at once where the machine is powered off.
 */
export async function waitFor(
  instance: Instance,
  seconds: number,
  what: string,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  let last = '';
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(bootTimes.pollMilliseconds)) {
    instance.power.signal.throwIfAborted();
    try {
      if (await check()) return;
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
  }
  throw new Error(`still waiting for ${what}${last}`);
}
