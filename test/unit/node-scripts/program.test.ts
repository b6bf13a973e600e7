import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { controllerProgram } from '../../../infra/node/boot-program.ts';
import { unpackProgram } from '../../../infra/node/installer.ts';
import { onEachShell, type ScriptMachine } from './machine.ts';
import { cliSays } from './stand-ins.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const { content, digest } = controllerProgram();
const scripts = unpackProgram(content).map(({ path }) => path.slice(1));
const key = `boot/${digest}`;
const url = `s3://demo-backup-111122223333/k8s/demo/${key}`;

onEachShell('step program', (machine) => {
  /** A controller as its user data alone leaves it. The program in the bucket writes below this machine's root, and has that digest. */
  function fresh(program = content, before?: (one: ScriptMachine) => string): { one: ScriptMachine; name: string } {
    const one = machine('a');
    for (const path of scripts) one.remove(path);
    one.answer('sync', 'exit 0');
    const moved = one.moved(before ? program.replace('\n', `\n${before(one)}`) : program);
    const name = digestOf(moved);
    one.write('etc/kubezero/program', `${name}\n`);
    one.store(`boot/${name}`, moved);
    return { one, name };
  }
  const missing = (one: ScriptMachine) => scripts.filter((path) => !one.has(path));
  const gets = (one: ScriptMachine) => one.calls('aws').filter((call) => call.includes(' get-object '));

  function stops(one: ScriptMachine, ...says: string[]): void {
    const { ok, output } = one.run('program');
    expect(ok).toBe(false);
    for (const text of says) expect(output).toContain(text);
    expect(missing(one)).toEqual(scripts);
    expect(one.has('etc/kubezero/installed')).toBe(false);
    expect(one.has('run/kubezero/program')).toBe(false);
  }

  it('installs the scripts, which then run', () => {
    const { one } = fresh();
    expect(one.run('program')).toMatchObject({ ok: true });
    expect(missing(one)).toEqual([]);
    expect(one.list('usr/local/lib/kubezero').filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(one.has('run/kubezero/program')).toBe(false);
    expect(one.calls('sync')).toHaveLength(1);
    one.answer('curl', 'exit 0');
    one.write('etc/kubernetes/admin.conf', 'admin\n');
    expect(one.run('api')).toMatchObject({ ok: true });
  });

  it('asks nobody once they are there, so that an unreadable bucket stops no start', () => {
    const { one } = fresh();
    one.run('program');
    const before = gets(one).length;
    one.fault('get-object', cliSays.denied);
    expect(one.run('program')).toMatchObject({ ok: true, output: '' });
    expect(gets(one)).toHaveLength(before);
  });

  it('installs others where user data names others', () => {
    const { one } = fresh();
    one.run('program');
    const next = one.moved(content.replace('\nset -eu\n', '\nset -eu\n: # another\n'));
    const name = digestOf(next);
    one.write('etc/kubezero/program', `${name}\n`);
    one.store(`boot/${name}`, next);
    expect(one.run('program')).toMatchObject({ ok: true });
    expect(one.read('etc/kubezero/installed')).toBe(`${name}\n`);
  });

  describe('installs nothing', () => {
    it('where the object is absent, and says what puts it there', () => {
      const { one, name } = fresh();
      one.remove(`s3/demo-backup-111122223333/k8s/demo/boot/${name}`);
      stops(one, url.replace(digest, name), "isn't there", "'kubezero up demo' puts it there", 'goes on by itself');
    });

    it('where the object is another one, or only part of it', () => {
      const { one, name } = fresh();
      for (const other of ['#!/bin/sh\ntouch /tmp/no\n', one.moved(content).slice(0, -1), '']) {
        one.store(`boot/${name}`, other);
        stops(one, 'is not what this machine was made for', digestOf(other), 'Nothing was installed');
      }
    });

    it('where the bucket can’t be read', () => {
      const { one, name } = fresh();
      one.fault('get-object', cliSays.denied);
      stops(one, `cannot read ${url.replace(digest, name)}`, 'AccessDenied');
    });

    it('as if it had, where the scripts can’t be written', () => {
      const { one, name } = fresh('#!/bin/sh\nmkdir /nowhere/at/all\n');
      const { ok, output } = one.run('program');
      expect(ok).toBe(false);
      expect(output).toContain(`the scripts in ${url.replace(digest, name)} can't be installed, see above`);
      expect(one.has('etc/kubezero/installed')).toBe(false);
    });
  });

  describe('goes on where it was killed', () => {
    /** Where a file says so, the program dies before that many more files got their names, and the step with it. */
    const mortal = (one: ScriptMachine) =>
      `mv() { if [ -e ${one.root}/left ]; then left=$(($(cat ${one.root}/left) - 1)); echo $left > ${one.root}/left; [ $left -gt 0 ] || kill -9 $PPID $$; fi; command mv "$@"; }\n`;

    it.each([1, 2, scripts.length])('by the file %i, with no script half written', (file) => {
      const { one } = fresh(content, mortal);
      one.write('left', `${file}\n`);
      expect(one.run('program').ok).toBe(false);
      expect(missing(one)).toHaveLength(scripts.length - file + 1);
      expect(one.has('etc/kubezero/installed')).toBe(false);
      const cutOff = scripts.filter((path) => one.has(path)).map((path) => one.read(path));
      one.remove('left');
      expect(one.run('program')).toMatchObject({ ok: true });
      expect(missing(one)).toEqual([]);
      expect(scripts.slice(0, file - 1).map((path) => one.read(path))).toEqual(cutOff);
      expect(one.has('etc/kubezero/installed')).toBe(true);
    });

    it('before the mark is set: it installs all again', () => {
      const { one } = fresh();
      one.answer('sync', 'kill -9 $PPID');
      expect(one.run('program').ok).toBe(false);
      expect(missing(one)).toEqual([]);
      expect(one.has('etc/kubezero/installed')).toBe(false);
      one.answer('sync', 'exit 0');
      expect(one.run('program')).toMatchObject({ ok: true });
      expect(gets(one)).toHaveLength(2);
    });
  });
});
