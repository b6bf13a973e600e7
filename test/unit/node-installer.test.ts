// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell is what is tested
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeUserData, encodeUserData, userDataLimit } from '../../infra/node/encoding.ts';
import { isInstaller, packInstaller, unpackInstaller } from '../../infra/node/installer.ts';
import type { MachineFile } from '../../infra/node/machine-file.ts';

const files: MachineFile[] = [
  { path: '/etc/kubezero/node.yaml', content: 'name: ${NODE_NAME}\nit\'s: "\\$x `y`"\n\n' },
  { path: '/usr/local/lib/kubezero/boot', content: '#!/bin/sh\nput 0644 /x <<END\nEND\n', permissions: '0755' },
  { path: '/etc/kubernetes/secret', content: 'ü\n', permissions: '0600' },
];
const what = 'KubeZero 1.22: worker of cluster demo';

describe('user data', () => {
  it('is a shell script in plain ASCII that says what it is', () => {
    const text = packInstaller(what, files);
    expect(text.split('\n').slice(0, 2)).toEqual([
      '#!/bin/sh',
      "# KubeZero 1.22: worker of cluster demo. To read it: sed '1,/^# PAYLOAD$/d' FILE | base64 -d | gunzip",
    ]);
    expect(text).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it('gives back the files it was packed from, and is the same text when it is packed again', () => {
    const text = packInstaller(what, files);
    expect(unpackInstaller(text)).toEqual(files);
    expect(packInstaller(what, unpackInstaller(text))).toBe(text);
  });

  it('doesn’t say when and on what it was packed', () => {
    const packed = Buffer.from(packInstaller(what, files).split('# PAYLOAD\n').at(-1) ?? '', 'base64');
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
  });

  it.each([
    ['a line that would end the file', 'a\nKUBEZERO_END\nb\n', /KUBEZERO_END/],
    ['a null byte', 'a\0b\n', /null byte/],
    ['no line break at its end', 'a', /doesn't end with a line break/],
  ])('can’t carry a file with %s', (_what, content, message) => {
    expect(() => packInstaller(what, [{ path: '/etc/x', content }])).toThrow(message);
  });

  it('can’t carry a path that a shell would read differently', () => {
    expect(() => packInstaller(what, [{ path: '/etc/a b', content: '\n' }])).toThrow('"/etc/a b" can\'t be the path');
  });

  it('of somebody else is told apart', () => {
    expect(isInstaller('#!/bin/sh\necho PAYLOAD\n')).toBe(false);
    expect(() => unpackInstaller('#cloud-config\n')).toThrow('no installer of KubeZero’s');
  });
});

describe.each(['sh', 'busybox ash'])('executed by %s', (shell) => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'kubezero-installer-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const available = shell === 'sh' || installed('busybox');
  /** The paths of an installer are absolute: here they are below a directory that stands for the machine's root. */
  const below = (path: string) => join(root, path);

  function execute(content: string): string {
    const install = { path: below('install'), content: 'echo installed\n', permissions: '0755' };
    // The last line runs the machine's own `install`; here it is what this test can run.
    const text = packInstaller(what, [...moved(content), install]);
    const unpacked = join(root, 'user-data');
    writeFileSync(unpacked, text, { mode: 0o755 });
    const [program = '', ...args] = shell.split(' ');
    try {
      return execFileSync(program, [...args, unpacked], {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, TMPDIR: root },
      });
    } catch (error) {
      return String((error as { stderr: string }).stderr);
    }
  }
  const moved = (content: string): MachineFile[] =>
    files.map((file) => ({
      ...file,
      path: below(file.path),
      content: file.path.endsWith('boot') ? content : file.content,
    }));

  it.runIf(available)('writes the files with their permissions, then runs `install`', () => {
    expect(execute('#!/bin/sh\n')).toMatch(/\/usr\/local\/lib\/kubezero\/install/);
    for (const { path, content, permissions = '0644' } of moved('#!/bin/sh\n')) {
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect((statSync(path).mode & 0o7777).toString(8).padStart(4, '0')).toBe(permissions);
    }
    expect((statSync(below('/etc/kubezero')).mode & 0o777).toString(8)).toBe('755');
  });

  it.runIf(available)('leaves nothing else behind', () => {
    execute('#!/bin/sh\n');
    const left = execFileSync('find', [root, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n').sort();
    expect(left).toEqual([...moved('').map(({ path }) => path), below('install'), below('user-data')].sort());
  });

  it.runIf(available)('writes nothing where it arrived cut off', () => {
    const text = packInstaller(what, moved('#!/bin/sh\n'));
    const path = join(root, 'user-data');
    writeFileSync(path, text.slice(0, -60));
    const [program = '', ...args] = shell.split(' ');
    expect(() => execFileSync(program, [...args, path], { stdio: 'pipe' })).toThrow();
    expect(() => statSync(below('/etc'))).toThrow(/ENOENT/);
  });
});

function installed(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

describe('what a launch template carries', () => {
  const owner = { environment: 'demo', machine: 'worker-general' };

  it('is the script in base64', () => {
    const text = packInstaller(what, files);
    expect(decodeUserData(encodeUserData(text, owner))).toBe(text);
  });

  it('is refused where EC2 wouldn’t take it, by name and size', () => {
    expect(encodeUserData('x'.repeat(userDataLimit), owner)).toHaveLength(21_848);
    expect(() => encodeUserData('x'.repeat(userDataLimit + 1), owner)).toThrow(
      expect.objectContaining({
        message: 'user data of worker-general has 16385 bytes packed, EC2 takes 16384 at most',
        where: 'environment demo: machine worker-general',
      }),
    );
  });
});
