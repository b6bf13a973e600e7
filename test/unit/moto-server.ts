import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../toolchain/index.ts';

const run = promisify(execFile);
const version = '5.2.5';

export interface MotoServer {
  endpointUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts `moto[server]`, an AWS simulation by others, from a Python environment in our cache (made when first needed).
 * Returns what keeps it from running instead, where there is no Python or it can't be installed.
 */
export async function startMoto(): Promise<MotoServer | { missing: string }> {
  const environment = await motoEnvironment();
  if (typeof environment === 'object') return environment;
  const port = await freePort();
  const server = spawn(
    join(environment, 'bin', 'python'),
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    {
      stdio: 'ignore',
    },
  );
  const endpointUrl = `http://127.0.0.1:${port}`;
  const stop = () => stopProcess(server);
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (server.exitCode !== null)
      return { missing: `moto ${version} ended with exit code ${server.exitCode} at its start` };
    const answers = await fetch(`${endpointUrl}/moto-api/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return { endpointUrl, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  return { missing: `moto ${version} didn't answer within a minute` };
}

async function motoEnvironment(): Promise<string | { missing: string }> {
  const directory = join(cacheDirectory(), `moto-${version}`);
  if (existsSync(join(directory, 'bin', 'moto_server'))) return directory;
  await mkdir(cacheDirectory(), { recursive: true });
  const prepared = await mkdtemp(join(cacheDirectory(), '.moto-'));
  try {
    await run('python3', ['-m', 'venv', prepared]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[server]==${version}`];
    await run(join(prepared, 'bin', 'python'), pip);
    await rm(directory, { recursive: true, force: true });
    // Only `python -m` is run from it, which works from wherever it lies.
    await rename(prepared, directory);
    return directory;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const lastLine = stderr.trim().split('\n').at(-1) || message;
    return { missing: `moto[server] ${version} can't be installed with python3: ${lastLine}` };
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
