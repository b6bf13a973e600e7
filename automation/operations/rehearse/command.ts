import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { loadApplication } from '../../../application/application-file.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { type ExitCode, exitCode, UserError } from '../../../errors/index.ts';
import { release } from '../../../releases/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import {
  type BackendKind,
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
import { type ReportExtras, writeReportFiles } from '../../report/files.ts';
import { recorder } from '../../report/recorder.ts';
import { chartsOf } from '../charts/open.ts';
import { type Backend, backendOf, slowDown } from './backend.ts';
import { runCommand } from './child.ts';
import { type Hop, hopsBetween } from './hops.ts';
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
  /** Where the state of the stacks is kept. */
  backend: BackendKind;
  /** Milliseconds that each call to that backend waits, and Mbit/s that they share; see {@link slowDown}. */
  backendDelay?: number;
  backendBandwidth?: number;
  /** Release to upgrade to, one after the other where there are some on the way; default: the next one. */
  to?: ReleaseId;
}

/** What came of one upgrade; `result.json` has it for each. */
interface HopResult extends Hop {
  /** That the upgrade took, without what is checked afterwards. */
  seconds: number;
  after: Snapshot;
  checks: Check[];
}

/** What `result.json` has besides the run. */
interface Facts extends ReportExtras {
  machines: MachineKind;
  backend: Backend;
  before?: Snapshot;
  after?: Snapshot;
  checks?: Check[];
  hops: HopResult[];
}

/**
 * `kubezero rehearse <env>`: brings a copy of the environment up in a sandbox at its present release, upgrades it to
 * the next, and from there to the one that is asked for, with the ordinary commands, and checks after each upgrade what
 * it promises.
 */
export async function rehearse(argv: RehearseOptions, command: CommandContext): Promise<ExitCode> {
  const environment = loadEnvironment(argv.env, command.stacksDirectory);
  const backend = backendOf(argv);
  const charts = [...chartsOf(argv, command).directories];
  const { release: from, file } = loadApplication(environment);
  const hops = hopsBetween(environment.name, from, argv.to, file);
  const to = hops.at(-1)!.to;
  const argocd = environment.delivery === 'argocd';
  const real = argv.machines === 'real';
  if (real) await requireSystem();
  const extra = [...(argocd ? (['argocd'] as const) : []), ...(real ? (['machines'] as const) : [])];
  const kubernetes = [from, ...hops.map((hop) => hop.to)].map((id) => release(id).kubernetesVersion);
  await installTools(['engine', 'sandbox', ...extra], command, kubernetes);
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
  const phases: Record<string, string> = {
    sandbox: 'Start the sandbox',
    up: `Bring ${environment.name} up at ${from}`,
  };
  const idOf = (phase: 'upgrade' | 'verify', hop: Hop) => (hops.length > 1 ? `${phase}-${hop.to}` : phase);
  for (const hop of hops) {
    phases[idOf('upgrade', hop)] = `Upgrade ${environment.name} to ${hop.to}`;
    const upgrade = hops.length > 1 ? `upgrade to ${hop.to}` : 'upgrade';
    phases[idOf('verify', hop)] = `Check what the ${upgrade} promises`;
  }
  for (const [id, title] of Object.entries(phases)) report({ type: 'step-pending', id, title });

  let sandbox: SandboxHandle | undefined;
  let workspace: Workspace | undefined;
  const facts: Facts = { machines: argv.machines, backend, hops: [] };
  const phase = async (id: string, work: () => Promise<string | undefined>) => {
    signal.throwIfAborted();
    const label = { id, title: phases[id]! };
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
        charts,
        machines: argv.machines,
        backend: backend.kind,
        kubernetes,
        signal,
      });
      await slowDown(sandbox.directory, environment.name, backend);
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
    for (const hop of hops) {
      const before = facts.after ?? facts.before!;
      const started = performance.now();
      let seconds = 0;
      await phase(idOf('upgrade', hop), async () => {
        await child(['upgrade', environment.name, '--to', hop.to, '--yes']);
        seconds = Math.round((performance.now() - started) / 1000);
        facts.after = await look();
        return undefined;
      });
      await phase(idOf('verify', hop), async () => {
        const after = facts.after!;
        const checks = verify(before, after, hop.to);
        facts.hops.push({ ...hop, seconds, after, checks });
        facts.checks = hops.length > 1 ? facts.hops.flatMap(namedChecks) : checks;
        return keptPromises(checks);
      });
    }
    const way = facts.hops.map((hop) => `to ${hop.to} in ${hop.seconds} s`).join(' and ');
    report({
      type: 'run-finished',
      exit: 0,
      summary: `${environment.name} went from ${from} ${way}; ${facts.checks!.length} promises kept`,
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

/** Checks of one upgrade among several. */
function namedChecks({ to, checks }: HopResult): Check[] {
  return checks.map((check) => ({ ...check, promise: `upgrade to ${to}: ${check.promise}` }));
}

/** @throws UserError naming every promise that was broken */
function keptPromises(checks: Check[]): string {
  const broken = checks.filter((check) => !check.kept);
  if (broken.length === 0) return `${checks.length} promises kept`;
  throw new UserError(
    `the upgrade broke what it promises:\n  ${broken.map((b) => `${b.promise}: ${b.detail}`).join('\n  ')}`,
    { exitCode: exitCode.gate },
  );
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
