import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exitCode, UserError } from '../errors/index.ts';
import { repositoryRoot } from '../repository/root.ts';
import type { BackendKind } from './aws/backend.ts';
import { callControl } from './control.ts';
import { type SandboxRecord, sandboxDirectory } from './directory.ts';
import type { AddedFault, Fault } from './faults.ts';
import { killProcessesOf, processMarker } from './processes.ts';
import type { MachineKind, SandboxStatus } from './status.ts';

export { type BackendKind, stateBucket } from './aws/backend.ts';
export type { AddedFault, Fault } from './faults.ts';
export type { MachineKind, SandboxStatus } from './status.ts';

export interface StartOptions {
  /** Everything of the sandbox is kept here. What a sandbox that isn't running any more left there is removed. */
  directory: string;
  /** Environment it is for; the kubeconfig's context has this name. */
  name: string;
  /** Default: `eu-central-1`. */
  region?: string;
  /** Directories with upstream charts, looked in before the stand-ins. */
  charts?: string[];
  /** What stands for instances. Default: `simulated`. */
  machines?: MachineKind;
  /** Where the state of stacks is kept. Default: `file`. */
  backend?: BackendKind;
  /** Kubernetes versions that its machines may be of. Default: those of all releases. */
  kubernetes?: string[];
  /** Seconds until AWS and the engine's providers have to answer. Default: 60. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

/** A running sandbox. */
export interface SandboxHandle {
  directory: string;
  /** Variables that point ordinary commands at it. */
  env: Record<string, string>;
  kubeconfig: string;
}

/** How long a sandbox may take to end by itself; real machines take longer than processes. */
const stopSeconds = 45;

/** Where the sandbox of an environment is kept unless told otherwise. */
export function defaultSandboxDirectory(name: string): string {
  return resolve('.kubezero', 'sandbox', name);
}

/**
 * Starts a sandbox as a process of its own, which outlives the caller, and waits until AWS and the engine's providers
 * answer. Its cluster comes up when something launches instances.
 * @throws UserError where one is running there already, or where it can't start, with its reason.
 */
export async function startSandbox(options: StartOptions): Promise<SandboxHandle> {
  const root = resolve(options.directory);
  const directory = sandboxDirectory(root);
  const running = readRecord(root);
  if (running && isAlive(running)) {
    throw new UserError(`the sandbox "${running.name}" is running already`, {
      where: root,
      fix: `kubezero sandbox stop --directory ${root}`,
      exitCode: exitCode.locked,
    });
  }
  await killProcessesOf(root);
  if (running || existsSync(directory.daemonLog)) rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const output = openSync(directory.daemonLog, 'a');
  const charts = (options.charts ?? []).flatMap((path) => ['--charts', resolve(path)]);
  const args = [
    'sandbox',
    'serve',
    '--directory',
    root,
    '--name',
    options.name,
    '--region',
    options.region ?? 'eu-central-1',
    '--machines',
    options.machines ?? 'simulated',
    '--backend',
    options.backend ?? 'file',
    ...charts,
    ...(options.kubernetes ?? []).flatMap((version) => ['--kubernetes', version]),
  ];
  const child = spawn(process.execPath, [join(repositoryRoot, 'bin/kubezero.js'), ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, [processMarker]: root },
  });
  closeSync(output);
  child.unref();
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  try {
    const record = await ready(root, () => ended, options);
    return { directory: root, env: record.env, kubeconfig: directory.kubeconfig };
  } catch (error) {
    await stopSandbox(root);
    throw error;
  }
}

async function ready(
  root: string,
  ended: () => boolean,
  { signal, timeoutSeconds = 60 }: StartOptions,
): Promise<SandboxRecord> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const record = readRecord(root);
    if (record?.state === 'ready') return record;
    if (record?.state === 'failed' || ended()) {
      const said = record?.error ?? lastLines(sandboxDirectory(root).daemonLog);
      throw new UserError(`the sandbox does not start: ${said}`, { where: sandboxDirectory(root).daemonLog });
    }
    if (Date.now() > deadline) {
      throw new UserError(`the sandbox was not ready within ${timeoutSeconds} s`, {
        where: sandboxDirectory(root).daemonLog,
      });
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Facts of a running sandbox. @throws UserError where none runs there. */
export async function sandboxStatus(directory: string): Promise<SandboxStatus> {
  return call<SandboxStatus>(directory, 'GET', '/status');
}

/** Variables that point ordinary commands at a running sandbox. @throws UserError where none runs there. */
export async function sandboxEnv(directory: string): Promise<Record<string, string>> {
  return expectRunning(directory).env;
}

/** Makes something go wrong from now on. */
export async function addFault(directory: string, fault: Fault): Promise<AddedFault> {
  return call<AddedFault>(directory, 'POST', '/faults/add', fault);
}

/** Ends the fault of that id, or all; returns those that were ended. */
export async function clearFaults(directory: string, id?: string): Promise<AddedFault[]> {
  return call<AddedFault[]>(directory, 'POST', '/faults/clear', { id });
}

/**
 * Reboots the machines that are called so: node name, instance id, zone, role or worker group. Returns at once, with their
 * node names. @throws UserError where there is none.
 */
export async function rebootMachines(directory: string, match: string): Promise<string[]> {
  return call<string[]>(directory, 'POST', '/reboot', { match });
}

/** Faults that were added and not cleared yet. */
export async function listFaults(directory: string): Promise<AddedFault[]> {
  return call<AddedFault[]>(directory, 'GET', '/faults');
}

/**
 * Stops a sandbox and everything it started; also what a daemon that was killed has left running. Its directory stays,
 * for its logs.
 * @returns whether anything was running.
 */
export async function stopSandbox(directory: string): Promise<boolean> {
  const root = resolve(directory);
  const record = readRecord(root);
  let wasRunning = false;
  if (record && isAlive(record)) {
    wasRunning = true;
    process.kill(record.pid, 'SIGTERM');
    for (const deadline = Date.now() + stopSeconds * 1000; isAlive(record) && Date.now() < deadline; ) {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  const killed = await killProcessesOf(root);
  rmSync(sandboxDirectory(root).controlSocket, { force: true });
  rmSync(sandboxDirectory(root).record, { force: true });
  return wasRunning || killed > 0;
}

async function call<T>(directory: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const root = resolve(directory);
  expectRunning(root);
  return callControl<T>(sandboxDirectory(root).controlSocket, method, path, body);
}

function expectRunning(directory: string): SandboxRecord {
  const root = resolve(directory);
  const record = readRecord(root);
  if (record?.state === 'ready' && isAlive(record)) return record;
  throw new UserError(record ? 'the sandbox is not running any more' : 'no sandbox is running there', {
    where: root,
    fix: record ? `kubezero sandbox stop --directory ${root}` : 'kubezero sandbox start <env>',
  });
}

function readRecord(root: string): SandboxRecord | undefined {
  try {
    return JSON.parse(readFileSync(sandboxDirectory(root).record, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The daemon's process, not another one that got its number since. */
function isAlive({ pid }: SandboxRecord): boolean {
  try {
    process.kill(pid, 0);
    return (
      !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) &&
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(processMarker)
    );
  } catch {
    return false;
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n');
  } catch {
    return 'it said nothing';
  }
}
