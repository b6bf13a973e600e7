import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { repositoryRoot } from '../repository/root.ts';
import type { BuildContext } from './build-context.ts';
import type { PythonBuild } from './tool.ts';

/** The system's own first: it lies where the root directory of a rehearsal's machine has the system's /usr. */
const usual = ['/usr/bin/python3', 'python3'];

/**
 * Installs the packages of toolchain/python/<folder>/requirements.txt into `packages` in `directory`, and beside that a
 * script for each binary. Unlike a virtual environment this works wherever the directory is moved to, links to the
 * scripts work too, and nothing of the user's own Python packages or settings comes in.
 *
 * @param interpreters  looked at in this order
 * @throws Error saying why it didn't work; pip's last lines are in it
 */
export async function installPackages(
  build: PythonBuild,
  directory: string,
  context: BuildContext,
  interpreters: readonly string[] = usual,
): Promise<void> {
  const python = await findPython(interpreters, context.env);
  const requirements = join(repositoryRoot, 'toolchain/python', build.folder, 'requirements.txt');
  const packages = join(directory, 'packages');
  // Only for its pip: Debian's Python has none without one more package.
  const work = join(directory, 'work');
  try {
    context.onDetail('virtual environment');
    await run(python, ['-I', '-m', 'venv', work], context);
    context.onDetail('packages');
    // Where packages come from is the user's to say; where they go is not, and code that has to be built isn't run.
    const where = ['--no-user', '--target', packages];
    const what = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', requirements];
    const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await run(join(work, 'bin/python'), [...pip, ...where, ...what], context);
    // They name the interpreter of the environment that is about to go.
    await rm(join(packages, 'bin'), { recursive: true, force: true });
    for (const [binary, entryPoint] of Object.entries(build.entryPoints)) {
      const path = join(directory, binary);
      await writeFile(path, launcher(python, entryPoint));
      await chmod(path, 0o755);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** -I: no variables and packages of the user's; -B: writes nothing; -S: no packages of the system's either. */
function launcher(python: string, entryPoint: string): string {
  const [module, name] = entryPoint.split(':');
  return [
    `#!${python} -IBS`,
    '# Its packages lie beside it, wherever that is.',
    'import os, sys',
    "sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), 'packages'))",
    `from ${module} import ${name}`,
    `sys.exit(${name}())`,
    '',
  ].join('\n');
}

/** Absolute path of the first interpreter that will do, not of a virtual environment that may be gone tomorrow. */
async function findPython(interpreters: readonly string[], env: BuildContext['env']): Promise<string> {
  const rejected: string[] = [];
  const question = [
    'import sys',
    'print(getattr(sys, "_base_executable", None) or sys.executable, ".".join(map(str, sys.version_info[:3])))',
    'sys.exit(0 if sys.version_info >= (3, 10) else 3)',
  ].join('\n');
  for (const interpreter of new Set(interpreters)) {
    const asked = await execa(interpreter, ['-I', '-c', question], { env, extendEnv: false, reject: false });
    if (asked.code === 'ENOENT') continue;
    const [, path = '', version = ''] = /^(.+) (\S+)$/.exec(asked.stdout) ?? [];
    const modules = () =>
      execa(path, ['-I', '-c', 'import ssl, venv, ensurepip'], { env, extendEnv: false, reject: false });
    if (asked.exitCode === 3) rejected.push(`${path} is ${version}, and 3.10 or newer is needed`);
    else if (asked.failed)
      rejected.push(`${interpreter} doesn't run (${lastLine(asked.stderr) || asked.shortMessage})`);
    else if ((await modules()).failed)
      rejected.push(`${path} lacks one of its modules ssl, venv, ensurepip (Debian: \`apt-get install python3-venv\`)`);
    // What the kernel takes in the first line of a script.
    else if (/\s/.test(path) || path.length > 120)
      rejected.push(`a script can't name ${path} (too long, or with spaces)`);
    else return path;
  }
  throw new Error(
    rejected.join('; ') ||
      "Python isn't installed (no `python3` on PATH; 3.10 or newer with its module venv is needed)",
  );
}

async function run(program: string, args: string[], { env, signal }: BuildContext): Promise<void> {
  const result = await execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    all: true,
    cancelSignal: signal,
    forceKillAfterDelay: 5000,
  });
  signal?.throwIfAborted();
  if (!result.failed) return;
  const said = result.all.trim().split('\n').filter(Boolean).slice(-6);
  const what = args.slice(1, args[2] === 'pip' ? 4 : 3).join(' ');
  throw new Error(
    `\`${program} ${what}\` failed${said.length ? `:\n${said.map((line) => `    ${line}`).join('\n')}` : ''}`,
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
