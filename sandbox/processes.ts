import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Marks every process of a sandbox in its environment, which is how they are found again when the daemon was killed. */
export const processMarker = 'KUBEZERO_SANDBOX_DIRECTORY';

export interface ProcessOptions {
  command: string;
  args: string[];
  /** File that takes stdout and stderr; appended to, so that a restart keeps what the last one said. */
  log: string;
  env?: Record<string, string>;
  /** Told when it ended by itself, before it is started again. */
  onExit?: (code: number | null, signal: NodeJS.Signals | null) => void;
}

/** Milliseconds between the death of a process and its next start, as kubelet backs off, but from a shorter first wait. */
const backoff = [200, 1_000, 2_000, 4_000, 8_000];
/** A process that ran this long starts again without back-off. */
const steadyAfter = 20_000;

/** A process that is started again whenever it dies, as kubelet does with the containers of a static pod. */
export class SupervisedProcess {
  restarts = 0;
  startedAt = 0;
  private child?: ChildProcess;
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private failures = 0;
  private restarting?: Promise<void>;

  constructor(private options: ProcessOptions) {
    this.start();
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  private start(): void {
    const { command, args, log, env } = this.options;
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, 'a');
    const child = spawn(command, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
    closeSync(output);
    this.child = child;
    this.startedAt = Date.now();
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      if (this.child !== child) return;
      this.child = undefined;
      if (this.stopped) return;
      this.failures = Date.now() - this.startedAt > steadyAfter ? 0 : this.failures + 1;
      this.options.onExit?.(code, signal);
      this.timer = setTimeout(
        () => {
          if (this.stopped) return;
          this.restarts += 1;
          this.start();
        },
        backoff[Math.min(this.failures, backoff.length - 1)],
      );
    };
    child.once('exit', ended);
    child.once('error', () => ended(null, null));
  }

  /** Kills it and starts it at once, which doesn't count as a failure. */
  restart(): Promise<void> {
    this.restarting ??= this.stop().then(() => {
      this.restarting = undefined;
      this.stopped = false;
      this.start();
    });
    return this.restarting;
  }

  /** Kills it for good; resolves when it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }
}

/** Outcome of a command that ran to its end. */
export interface CommandResult {
  stdout: string;
  stderr: string;
}

/** A command that ended with a code other than 0. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly code: number | null,
    readonly output: string,
  ) {
    super(`${command} ended with ${code ?? 'a signal'}: ${lastLines(output)}`);
    this.name = 'CommandError';
  }
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-4).join(' | ').slice(0, 600);
}

/** Runs a command to its end and returns its output. @throws CommandError where it fails. */
export async function run(
  command: string,
  args: string[],
  options: { env?: Record<string, string>; timeoutSeconds?: number; signal?: AbortSignal } = {},
): Promise<CommandResult> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    killSignal: 'SIGKILL',
    signal: options.signal,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new CommandError([command, ...args].join(' ').slice(0, 200), code, stderr || stdout);
  return { stdout, stderr };
}

/** Processes of this machine that carry the marker of a sandbox directory, without the caller. */
export async function processesOf(directory: string): Promise<number[]> {
  const wanted = `${processMarker}=${directory}`;
  const entries = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  await Promise.all(
    entries.map(async (name) => {
      // Other users' processes can't be read, and a process may end meanwhile.
      const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
      if (environment.split('\0').includes(wanted)) found.push(Number(name));
    }),
  );
  return found.filter((pid) => pid !== process.pid);
}

/** Kills every process of a sandbox directory; returns how many there were. */
export async function killProcessesOf(directory: string): Promise<number> {
  let killed = 0;
  // A process may start another one while the first round goes on.
  for (let round = 0; round < 5; round += 1) {
    const pids = await processesOf(directory);
    if (pids.length === 0) break;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
        killed += 1;
      } catch {
        // Gone already.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return killed;
}
