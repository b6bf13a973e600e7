import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadApplication } from '../../../application/application-file.ts';
import { givenDirectories } from '../../../charts/index.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode, UserError } from '../../../errors/index.ts';
import { nextRelease } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import {
  type MachineKind,
  type SandboxHandle,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../../sandbox/client.ts';
import { requireSystem } from '../../../toolchain/index.ts';
import { installTools } from '../../engine/engine.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { reportTo, tee } from '../../report/events.ts';
import { writeReportFiles } from '../../report/files.ts';
import { recorder } from '../../report/recorder.ts';
import { runCommand } from './child.ts';
import { type Check, type Snapshot, verify } from './verify.ts';
import { createWorkspace, isPushed, type Workspace } from './workspace.ts';

export interface RehearseOptions {
  env: string;
  /** Directory for result.json and report.md. */
  report?: string;
  keep: boolean;
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** What stands for instances. */
  machines: 'simulated' | 'real';
}

/**
 * `kubezero rehearse <env>`: brings a copy of the environment up in a sandbox at its present release, upgrades it to
 * the next with the ordinary commands, and checks what the upgrade promises.
 */
export async function rehearse(argv: RehearseOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const from = loadApplication(environment).release;
  const to = nextRelease(from);
  if (!to) {
    throw new UserError(`${environment.name} is at KubeZero ${from}, there is no release to upgrade to`, {
      where: loadApplication(environment).file,
    });
  }
  const argocd = environment.delivery === 'argocd';
  const real = argv.machines === 'real';
  if (real) await requireSystem();
  const extra = [...(argocd ? (['argocd'] as const) : []), ...(real ? (['machines'] as const) : [])];
  await installTools(['engine', 'sandbox', ...extra], command);
  const directory = mkdtempSync(join(tmpdir(), `kubezero-${environment.name}-`));
  const record = recorder();
  const sink = tee(await command.openSink(), record.sink);
  const report = reportTo(sink);
  const { signal } = command;
  report({
    type: 'run-started',
    version: 1,
    command: 'rehearse',
    environment: environment.name,
    release: { from, to },
  });
  const phases = {
    sandbox: 'Start the sandbox',
    up: `Bring ${environment.name} up at ${from}`,
    upgrade: `Upgrade ${environment.name} to ${to}`,
    verify: 'Check what the upgrade promises',
  };
  for (const [id, title] of Object.entries(phases)) report({ type: 'step-pending', id, title });

  let sandbox: SandboxHandle | undefined;
  let workspace: Workspace | undefined;
  const facts: { machines: MachineKind; before?: Snapshot; after?: Snapshot; checks?: Check[] } = {
    machines: argv.machines,
  };
  const phase = async (id: keyof typeof phases, work: () => Promise<string | undefined>) => {
    signal.throwIfAborted();
    const label = { id, title: phases[id] };
    report({ type: 'step-started', ...label });
    try {
      report({ type: 'step-finished', ...label, outcome: 'changed', detail: await work() });
    } catch (error) {
      report({ type: 'step-finished', ...label, outcome: 'failed', detail: (error as Error).message.split('\n')[0] });
      throw error;
    }
  };
  try {
    await phase('sandbox', async () => {
      workspace = await createWorkspace(environment, directory);
      sandbox = await startSandbox({
        directory: join(directory, 'sandbox'),
        name: environment.name,
        charts: givenDirectories(),
        machines: argv.machines,
        signal,
      });
      return `KUBECONFIG=${sandbox.kubeconfig}`;
    });
    const child = (args: string[]) =>
      runCommand([...args, '--stacks', workspace!.stacks], { env: sandbox!.env, cwd: workspace!.root, sink, signal });
    const look = () => snapshot(environment, workspace!, sandbox!);
    await phase('up', async () => {
      await child(['up', environment.name]);
      facts.before = await look();
      return undefined;
    });
    await phase('upgrade', async () => {
      await child(['upgrade', environment.name, '--to', to, '--yes']);
      facts.after = await look();
      return undefined;
    });
    await phase('verify', async () => {
      facts.checks = verify(facts.before!, facts.after!, to);
      const broken = facts.checks.filter((check) => !check.kept);
      if (broken.length === 0) return `${facts.checks.length} promises kept`;
      throw new UserError(
        `the upgrade broke what it promises:\n  ${broken.map((b) => `${b.promise}: ${b.detail}`).join('\n  ')}`,
        {
          exitCode: exitCode.gate,
        },
      );
    });
    const seconds = record.result()?.steps.find((step) => step.id === 'upgrade')?.seconds;
    report({
      type: 'run-finished',
      exit: 0,
      summary: `${environment.name} went from ${from} to ${to}${seconds ? ` in ${Math.round(seconds)} s` : ''}; ${facts.checks!.length} promises kept`,
    });
    return exitCode.ok;
  } catch (error) {
    const exit = signal.aborted ? exitCode.interrupted : error instanceof UserError ? error.exitCode : exitCode.bug;
    report({ type: 'run-finished', exit, summary: (error as Error).message.split('\n')[0]! });
    throw error;
  } finally {
    if (argv.report) writeReportFiles(argv.report, record.result(), facts);
    await leave(argv, command, directory, sandbox);
  }
}

/** State of the environment now: by the ordinary status command, by the sandbox itself, and in git. */
async function snapshot(environment: Environment, workspace: Workspace, sandbox: SandboxHandle): Promise<Snapshot> {
  const args = [
    `${repositoryRoot}/bin/kubezero.js`,
    'status',
    environment.name,
    '--json',
    '--stacks',
    workspace.stacks,
  ];
  const { stdout } = await execa(process.execPath, args, { env: sandbox.env, cwd: workspace.root });
  return {
    status: JSON.parse(stdout),
    sandbox: await sandboxStatus(sandbox.directory),
    pushed: await isPushed(workspace, environment),
  };
}

async function leave(
  argv: RehearseOptions,
  command: CommandContext,
  directory: string,
  sandbox: SandboxHandle | undefined,
): Promise<void> {
  if (argv.keep && sandbox) {
    command.warn(`the sandbox keeps running: KUBECONFIG=${sandbox.kubeconfig}`);
    command.warn(`its environment: kubezero sandbox env --directory ${sandbox.directory}`);
    command.warn(`working tree:    ${join(directory, 'work')}`);
    command.warn(`stop it:         kubezero sandbox stop --directory ${sandbox.directory}`);
    return;
  }
  await stopSandbox(join(directory, 'sandbox'));
  rmSync(directory, { recursive: true, force: true });
}
