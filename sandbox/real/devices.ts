import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Character devices of a machine: mode, major and minor number. */
const nodes: Record<string, [mode: string, major: number, minor: number]> = {
  null: ['666', 1, 3],
  zero: ['666', 1, 5],
  full: ['666', 1, 7],
  random: ['666', 1, 8],
  urandom: ['666', 1, 9],
  kmsg: ['600', 1, 11],
  tty: ['666', 5, 0],
  fuse: ['666', 10, 229],
};

const links: Record<string, string> = {
  ptmx: 'pts/ptmx',
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
};

/** Makes what becomes a machine's /dev when it starts; volumes come when they are attached. */
export function makeDevices(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'net'), { recursive: true, mode: 0o755 });
  const all = { ...nodes, 'net/tun': ['666', 10, 200] as const };
  const commands = Object.entries(all).map(
    ([name, [mode, major, minor]]) => `mknod -m ${mode} ${name} c ${major} ${minor}`,
  );
  execFileSync('/bin/sh', ['-ec', commands.join('\n')], { cwd: directory });
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(directory, name));
}
