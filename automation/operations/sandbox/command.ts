import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import {
  addFault,
  type BackendKind,
  clearFaults,
  defaultSandboxDirectory,
  type Fault,
  listFaults,
  type MachineKind,
  rebootMachines,
  type SandboxStatus,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../../sandbox/client.ts';
import { requireSystem, type ToolGroup } from '../../../toolchain/index.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { chartsOf } from '../charts/open.ts';

/** Which sandbox a command is about. */
export interface SandboxOptions {
  /** Environment; absent: `demo`. */
  env?: string;
  /** Where it is kept; absent: `.kubezero/sandbox/<env>`. */
  directory?: string;
}

export interface StartOptions extends SandboxOptions {
  charts?: string[];
  machines: MachineKind;
  backend: BackendKind;
  /** Of the simulated account; absent: the environment's. */
  region?: string;
}

export interface ServeOptions {
  directory: string;
  name: string;
  region: string;
  machines: MachineKind;
  backend: BackendKind;
  charts: string[];
  /** Kubernetes versions that its machines may be of; absent: those of all releases. */
  kubernetes?: string[];
}

export interface RebootOptions extends SandboxOptions {
  machine: string;
}

/** Besides what to do, the fields of a {@link Fault}. */
export interface FaultOptions extends SandboxOptions {
  action: 'add' | 'list' | 'clear';
  /** With `clear`: the id of a fault; absent: all. */
  kind?: string;
  namespace?: string;
  name?: string;
  node?: string;
  reason?: string;
  match?: string;
  seconds?: number;
  component?: string;
  operation?: string;
  error?: string;
  resource?: string;
  delay?: number;
  bandwidth?: number;
}

function nameOf({ env = 'demo' }: SandboxOptions): string {
  return env;
}

function directoryOf(options: SandboxOptions): string {
  return resolve(options.directory ?? defaultSandboxDirectory(nameOf(options)));
}

/** `kubezero sandbox start`: installs what it needs, starts it, says how to reach it. */
export async function start(argv: StartOptions, context: CommandContext): Promise<void> {
  const { installTools } = await import('../../engine/engine.ts');
  const { machines, backend } = argv;
  const charts = [...chartsOf(argv, context).directories];
  const environment = environmentOf(argv, context);
  if (machines === 'real') await requireSystem();
  await installTools(toolsFor(environment, machines), context);
  const handle = await startSandbox({
    directory: directoryOf(argv),
    name: nameOf(argv),
    region: argv.region ?? environment?.region,
    charts,
    machines,
    backend,
    signal: context.signal,
  });
  if (context.json) context.print(JSON.stringify(handle));
  else {
    context.print(`sandbox "${nameOf(argv)}" is running in ${handle.directory}`);
    context.print(`  charts:          ${[...charts, 'the cache', 'stand-ins'].join(', then ')}`);
    context.print(`  its environment: eval "$(kubezero sandbox env --directory ${handle.directory})"`);
    context.print(`  stop it:         kubezero sandbox stop --directory ${handle.directory}`);
  }
}

/** A sandbox may be started for an environment that isn't described yet. */
function environmentOf(argv: StartOptions, { stacksDirectory }: CommandContext): Environment | undefined {
  const name = nameOf(argv);
  return existsSync(join(stacksDirectory, name)) ? loadEnvironment(name, stacksDirectory) : undefined;
}

/** Tools that a sandbox of an environment runs. */
function toolsFor(environment: Environment | undefined, machines: MachineKind): ToolGroup[] {
  return [
    'sandbox',
    ...(environment?.delivery === 'argocd' ? (['argocd'] as const) : []),
    ...(machines === 'real' ? (['machines'] as const) : []),
  ];
}

/** `kubezero sandbox serve`: the sandbox's own process, until it is told to stop. */
export async function serve(
  { machines, kubernetes, ...argv }: ServeOptions,
  { signal }: CommandContext,
): Promise<void> {
  const [{ runSandbox }, { ensureTools }] = await Promise.all([
    import('../../../sandbox/daemon.ts'),
    import('../../../toolchain/index.ts'),
  ]);
  await runSandbox({
    directory: argv.directory,
    name: argv.name,
    region: argv.region,
    charts: argv.charts,
    machines,
    backend: argv.backend,
    kubernetes,
    tools: async () => {
      const tools = await ensureTools(machines === 'real' ? ['sandbox', 'machines'] : ['sandbox'], { kubernetes });
      return (name, version) => tools.path(name, version);
    },
    argocd: async () => (await ensureTools(['argocd'])).path('kubezero-argocd'),
    signal,
  });
}

/** `kubezero sandbox stop`. */
export async function stop(argv: SandboxOptions, context: CommandContext): Promise<void> {
  const directory = directoryOf(argv);
  const stopped = await stopSandbox(directory);
  if (context.json) context.print(JSON.stringify({ directory, stopped }));
  else context.print(stopped ? `stopped; its logs are in ${directory}/logs` : `nothing was running in ${directory}`);
}

/** `kubezero sandbox env`: `export` lines for a shell. The keys in it are the sandbox's own, and good for nothing else. */
export async function env(argv: SandboxOptions, context: CommandContext): Promise<void> {
  const variables = await sandboxEnv(directoryOf(argv));
  if (context.json) context.printSecrets(JSON.stringify(variables));
  else
    for (const [name, value] of Object.entries(variables))
      context.printSecrets(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
}

/** `kubezero sandbox status`. */
export async function status(argv: SandboxOptions, context: CommandContext): Promise<void> {
  const found = await sandboxStatus(directoryOf(argv));
  if (context.json) context.print(JSON.stringify(found));
  else for (const line of describe(found)) context.print(line);
}

function describe(found: SandboxStatus): string[] {
  const { etcd } = found;
  return [
    `sandbox "${found.name}", pid ${found.pid}, addresses 127.${found.number}.*`,
    etcd.clusterId ? `etcd cluster ${etcd.clusterId}` : 'no etcd quorum',
    ...etcd.members.map((member) =>
      `  member ${member.id} ${member.name || '(not started)'} ${member.volumeId ?? ''}`.trimEnd(),
    ),
    ...found.instances.map((instance) => {
      const components = instance.components.map(
        ({ component, version, ready }) => `${component} ${version}${ready ? '' : ' (not ready)'}`,
      );
      const detail = instance.error ?? (components.join(', ') || `Kubernetes ${instance.kubernetesVersion}`);
      return `${instance.instanceId} ${instance.nodeName} ${instance.state}: ${detail}`;
    }),
    ...found.faults.map((fault) => `fault ${fault.id}: ${JSON.stringify(fault)}`),
    ...(found.standInCharts.length > 0
      ? [`stand-in charts, for what is nowhere else: ${found.standInCharts.join(', ')}`]
      : []),
  ];
}

/** `kubezero sandbox reboot`. */
export async function reboot(argv: RebootOptions, context: CommandContext): Promise<void> {
  const nodes = await rebootMachines(directoryOf(argv), argv.machine);
  if (context.json) context.print(JSON.stringify(nodes));
  else for (const node of nodes) context.print(`${node} reboots`);
}

/** `kubezero sandbox fault add|list|clear`. */
export async function fault(argv: FaultOptions, context: CommandContext): Promise<void> {
  const directory = directoryOf(argv);
  const { kind } = argv;
  const names = [
    'namespace',
    'name',
    'node',
    'reason',
    'match',
    'seconds',
    'component',
    'operation',
    'error',
    'resource',
    'delay',
    'bandwidth',
  ] as const;
  const given = Object.fromEntries(names.flatMap((name) => (argv[name] === undefined ? [] : [[name, argv[name]]])));
  const faults =
    argv.action === 'add'
      ? [await addFault(directory, { kind, ...given } as Fault)]
      : argv.action === 'clear'
        ? await clearFaults(directory, kind)
        : await listFaults(directory);
  if (context.json) context.print(JSON.stringify(faults));
  else if (faults.length === 0) context.print('no faults');
  else for (const { id, ...rest } of faults) context.print(`${id}: ${JSON.stringify(rest)}`);
}
