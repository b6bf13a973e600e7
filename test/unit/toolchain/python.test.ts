import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ensureTools } from '../../../toolchain/index.ts';
import { installPackages } from '../../../toolchain/python.ts';
import type { PythonBuild } from '../../../toolchain/tool.ts';
import { gardenTool, temporaryMachine } from './fixture.ts';

const build: PythonBuild = { kind: 'python', folder: 'awscli', entryPoints: { aws: 'awscli.clidriver:main' } };

type Machine = Awaited<ReturnType<typeof temporaryMachine>>;

/** A `python3` on PATH that notes how it was called; as an interpreter it prints the script that it is given. */
async function fakePython(machine: Machine, options: { version?: string; modules?: boolean; pip?: string } = {}) {
  const path = join(machine.bin, 'python3');
  const { version = '3.11.2', modules = true, pip = 'mkdir -p "$target/bin"' } = options;
  const old = Number(version.split('.')[1]) < 10;
  const script = `#!/bin/sh
echo "$*" >> '${machine.root}/log'
case "$*" in
  *version_info*) echo '${path} ${version}'; exit ${old ? 3 : 0};;
  *ensurepip*) exit ${modules ? 0 : 1};;
  '-I -m venv '*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python";;
  '-I -m pip '*) while [ "$1" != --target ]; do shift; done; target=$2; ${pip};;
  -IBS*) echo "runs $2 $3"; cat "$2";;
  *) exit 64;;
esac
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

async function install(machine: Machine) {
  const directory = join(machine.root, 'out');
  await mkdir(directory);
  const details: string[] = [];
  const context = {
    env: { ...machine.env, PATH: `${machine.bin}:/bin` },
    onDetail: (detail: string) => details.push(detail),
  };
  await installPackages(build, directory, context, ['/nowhere/python3', join(machine.bin, 'python3')]);
  return { directory, details };
}

test('installs pinned packages beside a script that works wherever it is, also by a link', async () => {
  await using machine = await temporaryMachine();
  const python = await fakePython(machine);
  const { directory, details } = await install(machine);
  expect(details).toEqual(['virtual environment', 'packages']);
  expect((await readdir(directory)).sort()).toEqual(['aws', 'packages']);
  expect(await readdir(join(directory, 'packages')), 'scripts that name the temporary environment').toEqual([]);
  const pip = (await readFile(join(machine.root, 'log'), 'utf8')).split('\n').find((line) => line.includes('-m pip'));
  expect(pip).toContain(`--target ${directory}/packages --require-hashes --no-deps --only-binary :all: --requirement `);
  expect(pip).toMatch(/toolchain\/python\/awscli\/requirements\.txt$/);

  const link = join(machine.root, 'link');
  await symlink(join(directory, 'aws'), link);
  const { stdout } = await execa(link, ['--version']);
  expect(stdout.split('\n')[0]).toBe(`runs ${link} --version`);
  expect(stdout).toContain(`#!${python} -IBS\n`);
  expect(stdout).toContain("os.path.join(os.path.dirname(os.path.realpath(__file__)), 'packages')");
  expect(stdout).toContain('from awscli.clidriver import main\nsys.exit(main())');
});

test('says what pip said, and leaves no environment behind', async () => {
  await using machine = await temporaryMachine();
  await fakePython(machine, { pip: 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1' });
  await expect(install(machine)).rejects.toThrow(
    /^`.*\/out\/work\/bin\/python -m pip install` failed:\n {4}ERROR: THESE PACKAGES DO NOT MATCH THE HASHES$/,
  );
  expect(await readdir(join(machine.root, 'out'))).toEqual([]);
});

test.each([
  ['too old', { version: '3.9.2' }, /bin\/python3 is 3\.9\.2, and 3\.10 or newer is needed$/],
  [
    'without venv',
    { modules: false },
    /lacks one of its modules ssl, venv, ensurepip \(Debian: `apt-get install python3-venv`\)$/,
  ],
])('names a Python that is %s', async (_name, options, message) => {
  await using machine = await temporaryMachine();
  await fakePython(machine, options);
  await expect(install(machine)).rejects.toThrow(message);
});

test('says that there is no Python, and what a tool of it needs', async () => {
  await using machine = await temporaryMachine();
  await expect(install(machine)).rejects.toThrow("Python isn't installed (no `python3` on PATH");
  const tool = { ...gardenTool(), build: { ...build, entryPoints: { spade: 'spade:main', rake: 'rake:main' } } };
  const attempt = ensureTools(['engine'], {
    tools: [tool],
    env: machine.env,
    build: () => Promise.reject(new Error("Python isn't installed")),
  });
  await expect(attempt).rejects.toMatchObject({
    message: [
      'garden 1.2.3 (spade, rake) is needed for digging, and there was no way to get it:',
      `  found here: no; not in ${machine.cache}/tools, not on PATH`,
      "  installed from PyPI: no; Python isn't installed",
    ].join('\n'),
    fix: expect.stringContaining('install Python with its module venv (Debian: `apt-get install python3-venv`)'),
  });
});
