import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseIo, parseStat, parseStatus, processesBelow } from '../bench/state/processes.ts';

/** A line of /proc/PID/stat; ticks in both counters of CPU, and the start. */
const stat = (pid: number, name: string, parent: number, ticks = 0, started = 100) =>
  `${pid} (${name}) S ${parent} 1 1 0 -1 4194560 11 12 13 14 ${ticks} ${ticks} 7 8 20 0 1 0 ${started} 99 98\n`;

describe('what /proc says of a process', () => {
  it.each(['pulumi', 'tmux: server', 'a) S 1 (b', '((sd-pam))', ')', ''])('stat of one that is called "%s"', (name) => {
    expect(parseStat(stat(7, name, 3, 250, 4242))).toEqual({ parent: 3, cpu: 5, started: 4242 });
  });

  it('a stat that is cut off is refused', () => {
    expect(() => parseStat('7 (pulumi) S 3 1 1')).toThrow('field 14 of a process');
  });

  it('what was written counts pipes and sockets too: wchar, not write_bytes', () => {
    expect(parseIo('rchar: 1\nwchar: 1800000000\nsyscr: 3\nsyscw: 33000\nread_bytes: 0\nwrite_bytes: 4096\n')).toBe(
      1.8e9,
    );
    expect(() => parseIo('rchar: 1\n')).toThrow('has no wchar');
  });

  it('memory in bytes, and none of a process that has ended', () => {
    expect(parseStatus('Name:\tpulumi\nVmHWM:\t    2048 kB\nVmRSS:\t     512 kB\n')).toEqual({
      memory: 524_288,
      peak: 2_097_152,
    });
    expect(parseStatus('Name:\tpulumi\nState:\tZ (zombie)\n')).toBeUndefined();
  });
});

describe('processes below one', () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });

  interface Shown {
    parent: number;
    exe?: string;
    args?: string[];
    name?: string;
  }

  /** A /proc of its own, with these processes by pid; without `exe` a process is one that is ending. */
  function procOf(processes: Record<number, Shown>): string {
    const proc = mkdtempSync(join(tmpdir(), 'kubezero-proc-'));
    directories.push(proc);
    writeFileSync(join(proc, 'uptime'), '1 2\n');
    for (const [pid, { parent, exe, args = [exe ?? ''], name = 'x' }] of Object.entries(processes)) {
      const directory = join(proc, pid);
      mkdirSync(directory);
      writeFileSync(join(directory, 'stat'), stat(Number(pid), name, parent, 50, 1000 + Number(pid)));
      if (exe === undefined) continue;
      symlinkSync(exe, join(directory, 'exe'));
      writeFileSync(join(directory, 'cmdline'), args.map((arg) => `${arg}\0`).join(''));
      writeFileSync(join(directory, 'status'), `VmHWM:\t20 kB\nVmRSS:\t10 kB\n`);
      writeFileSync(join(directory, 'io'), `wchar: ${pid}00\n`);
    }
    return proc;
  }

  const rehearsal = { parent: 1, exe: '/bin/node', args: ['node', 'bin/kubezero.js', 'rehearse'] };

  it('are its children and theirs, with what they used; not the process itself, nor others', () => {
    const proc = procOf({
      10: rehearsal,
      11: { parent: 10, exe: '/bin/node', args: ['node', 'bin/kubezero.js', 'up'] },
      12: { parent: 11, exe: '/tools/pulumi (deleted)', args: ['pulumi', 'up'], name: 'a) S 10 (b' },
      20: { parent: 1, exe: '/tools/pulumi' },
    });
    const below = processesBelow(10, undefined, proc);
    expect(below.map(({ pid, program }) => [pid, program])).toEqual([
      [11, 'node'],
      [12, 'pulumi'],
    ]);
    expect(below[1]).toEqual({
      pid: 12,
      started: 1012,
      program: 'pulumi',
      args: ['pulumi', 'up'],
      cpu: 1,
      written: 1200,
      memory: 10_240,
      peak: 20_480,
    });
  });

  it('are none of the tree that is left out', () => {
    const proc = procOf({
      10: rehearsal,
      11: { parent: 10, exe: '/bin/node', args: ['node', 'bin/kubezero.js', 'sandbox', 'serve'] },
      12: { parent: 11, exe: '/tools/etcd' },
      13: { parent: 10, exe: '/tools/pulumi' },
    });
    expect(processesBelow(10, (args) => args[2] === 'sandbox', proc).map(({ pid }) => pid)).toEqual([13]);
  });

  it('are none that is ending, and none that still is a copy of its parent', () => {
    const proc = procOf({
      10: rehearsal,
      11: { ...rehearsal, parent: 10 },
      12: { parent: 10 },
      13: { parent: 10, exe: '/tools/pulumi' },
    });
    expect(processesBelow(10, undefined, proc).map(({ pid }) => pid)).toEqual([13]);
  });

  it('one that can’t be looked at is an error, not absent', () => {
    const proc = procOf({ 10: rehearsal, 11: { parent: 10, exe: '/tools/pulumi' } });
    writeFileSync(join(proc, '11', 'io'), 'nothing of use\n');
    expect(() => processesBelow(10, undefined, proc)).toThrow('has no wchar');
  });

  it.skipIf(process.platform !== 'linux')('a real one has written what it wrote', async () => {
    const program = `require('fs').writeFileSync('/dev/null', Buffer.alloc(8e6)); console.log('written'); process.stdin.resume()`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const found = processesBelow(process.pid).find(({ pid }) => pid === child.pid);
      expect(found?.program).toBe('node');
      expect(found?.args).toEqual([process.execPath, '-e', program]);
      expect(found?.written).toBeGreaterThanOrEqual(8e6);
      expect(found?.written).toBeLessThan(9e6);
      expect(found?.peak).toBeGreaterThan(1e7);
      expect(found?.peak).toBeGreaterThanOrEqual(found?.memory ?? 0);
      expect(found?.cpu).toBeLessThan(30);
    } finally {
      child.kill();
    }
  });
});
