import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../kubernetes/collection.ts';

const cgroupRoot = '/sys/fs/cgroup';

/** Hierarchies of cgroups version 1, by directory. */
export function hierarchies(): string[] {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8').split('\n') : [];
  const found = mounts.map((line) => line.split(' ')).filter(([, , type]) => type === 'cgroup');
  return [...new Set(found.map(([, path = '']) => path))].filter((path) => path.startsWith(`${cgroupRoot}/`));
}

/** Names of the cgroups directly below the roots that begin like that. */
export function cgroupsNamed(prefix: string): string[] {
  const names = hierarchies().flatMap((hierarchy) => readdirSync(hierarchy).filter((name) => name.startsWith(prefix)));
  return [...new Set(names)];
}

/** Kills every process in a machine's cgroups and those below, and removes them; resolves once they are gone. */
export async function removeCgroups(name: string): Promise<void> {
  let left: string[] = [];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const directories = hierarchies()
      .map((hierarchy) => join(hierarchy, name))
      .filter(existsSync);
    // What is frozen doesn't even die.
    for (const directory of directories) if (directory.includes('/freezer/')) thaw(directory);
    for (const pid of new Set(directories.flatMap(processesBelow))) kill(pid);
    left = directories.flatMap(removeBelow);
    if (left.length === 0) return;
    await pause(50);
  }
  throw new Error(`cgroups are still in use: ${left.slice(0, 3).join(', ')}`);
}

function thaw(directory: string): void {
  try {
    writeFileSync(join(directory, 'freezer.state'), 'THAWED');
  } catch {
    // Gone meanwhile.
  }
  for (const child of childrenOf(directory)) thaw(child);
}

/** PIDs in a cgroup and below it. */
function processesBelow(directory: string): number[] {
  const own = read(join(directory, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own, ...childrenOf(directory).flatMap(processesBelow)];
}

/** Deepest first; returns what couldn't be removed. */
function removeBelow(directory: string): string[] {
  const left = childrenOf(directory).flatMap(removeBelow);
  if (left.length > 0) return left;
  try {
    rmdirSync(directory);
    return [];
  } catch {
    return existsSync(directory) ? [directory] : [];
  }
}

function childrenOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    // 0 is a process that this one can't see.
    if (pid > 1 && pid !== process.pid) process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
