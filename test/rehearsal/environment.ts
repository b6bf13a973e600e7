import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Snapshot } from '../../automation/operations/rehearse/verify.ts';
import { createWorkspace, isPushed, type Workspace } from '../../automation/operations/rehearse/workspace.ts';
import type { EnvironmentStatus } from '../../automation/operations/status.ts';
import type { Event } from '../../automation/report/events.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { copyProjectFile } from '../../repository/project-file.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { type SandboxHandle, sandboxStatus, startSandbox, stopSandbox } from '../../sandbox/client.ts';
import { outputErrors } from '../json-schemas.ts';

export interface CommandResult {
  exitCode: number | undefined;
  events: Event[];
  stdout: string;
  stderr: string;
  /** `exit code 0`, or another one with what the command said last. */
  ending: string;
}

/** The demo environment in a sandbox of its own, driven by the real command line. */
export class RehearsalEnvironment {
  readonly directory: string;
  readonly workspace: Workspace;
  readonly sandbox: SandboxHandle;

  private constructor(directory: string, workspace: Workspace, sandbox: SandboxHandle) {
    this.directory = directory;
    this.workspace = workspace;
    this.sandbox = sandbox;
  }

  /** @param adapt  changes the files of the environment, in a directory of its own, before anything is started */
  static async start(adapt?: (environment: string) => void): Promise<RehearsalEnvironment> {
    const directory = mkdtempSync(join(tmpdir(), 'kubezero-test-'));
    const source = join(directory, 'source', 'stacks');
    cpSync(join(repositoryRoot, 'stacks/demo'), join(source, 'demo'), { recursive: true });
    copyProjectFile(join(repositoryRoot, 'Pulumi.yaml'), join(source, '..', 'Pulumi.yaml'));
    adapt?.(join(source, 'demo'));
    const workspace = await createWorkspace(loadEnvironment('demo', source), directory);
    const sandbox = await startSandbox({ directory: join(directory, 'sandbox'), name: 'demo', charts: [] });
    return new RehearsalEnvironment(directory, workspace, sandbox);
  }

  async stop(): Promise<void> {
    await stopSandbox(this.sandbox.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Starts `kubezero <args> --json` as a process of its own. */
  spawn(args: string[], env: Record<string, string> = {}) {
    return execa(
      process.execPath,
      [join(repositoryRoot, 'bin/kubezero.js'), ...args, '--json', '--stacks', this.workspace.stacks],
      {
        cwd: this.workspace.root,
        env: { ...this.sandbox.env, ...env },
        stdin: 'ignore',
        reject: false,
      },
    );
  }

  /** Runs a command to its end. What it prints has to be what the published schemas say. */
  async run(args: string[], env: Record<string, string> = {}): Promise<CommandResult> {
    const result = await this.spawn(args, env);
    const broken = outputErrors([...args, '--json'], result.stdout);
    if (broken.length > 0) throw new Error(`output of kubezero ${args.join(' ')}:\n${broken.join('\n')}`);
    return {
      exitCode: result.exitCode,
      events: parseEvents(result.stdout),
      stdout: result.stdout,
      stderr: result.stderr,
      ending: ending(result),
    };
  }

  /** Runs a command and kills it with SIGKILL at the first event that the predicate picks. */
  async runAndKill(args: string[], at: (event: Event) => boolean): Promise<Event[]> {
    const child = this.spawn(args);
    const events: Event[] = [];
    for await (const line of child.iterable({ from: 'stdout' })) {
      const event = parseEvents(line)[0];
      if (!event) continue;
      events.push(event);
      if (at(event)) {
        child.kill('SIGKILL');
        await child;
        return events;
      }
    }
    throw new Error(`the command ended before it could be killed, ${ending(await child)}`);
  }

  async status(): Promise<EnvironmentStatus> {
    return JSON.parse((await this.run(['status', 'demo'])).stdout);
  }

  async snapshot(): Promise<Snapshot> {
    return {
      status: await this.status(),
      sandbox: await sandboxStatus(this.sandbox.directory),
      pushed: await isPushed(this.workspace, loadEnvironment('demo', this.workspace.stacks)),
    };
  }
}

function ending({ exitCode, stdout, stderr }: { exitCode?: number; stdout: string; stderr: string }): string {
  const last = stdout.trim().split('\n').slice(-2).join('\n').slice(-4000);
  return `exit code ${exitCode}${exitCode === 0 ? '' : `: ${last}\n${stderr}`}`;
}

export function parseEvents(output: string): Event[] {
  return output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Outcome of each step that a run finished, by step id. */
export function outcomes(events: Event[]): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === 'step-finished' ? [[event.id, event.outcome]] : [])),
  );
}

/** Known issues that a run tolerated, with the steps whose gates saw them. */
export function toleratedIn(events: Event[]): Record<string, string[]> {
  const found: Record<string, Set<string>> = {};
  for (const event of events) {
    if (event.type !== 'tolerated') continue;
    found[event.issue] ??= new Set();
    found[event.issue]?.add(event.step);
  }
  return Object.fromEntries(Object.entries(found).map(([issue, steps]) => [issue, [...steps]]));
}
