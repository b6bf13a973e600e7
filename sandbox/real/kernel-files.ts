import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostWideSysctls } from './deviations.ts';

/**
 * Files that cover those of this host's kernel below a machine's /proc, as a kernel that has just started would have them:
 * sysctls that aren't a namespace's, swap (none), the id of this boot.
 */
export function writeKernelFiles(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  for (const name of hostWideSysctls) {
    if (existsSync(join('/proc/sys', name)))
      write(join('sys', name), defaults[name] ?? readFileSync(join('/proc/sys', name), 'utf8'));
  }
  write('swaps', 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n');
  write('sys/kernel/random/boot_id', `${randomUUID()}\n`);
}

/** As Linux starts with, whatever this host was set to. */
const defaults: Record<string, string> = {
  'vm/overcommit_memory': '0\n',
  'vm/panic_on_oom': '0\n',
  'kernel/panic': '0\n',
  'kernel/panic_on_oops': '0\n',
  'kernel/keys/root_maxkeys': '1000000\n',
  'kernel/keys/root_maxbytes': '25000000\n',
};
