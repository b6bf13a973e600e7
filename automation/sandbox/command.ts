import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { givenDirectories } from '../../charts/index.ts';
import {
  addFault,
  clearFaults,
  defaultSandboxDirectory,
  type Fault,
  listFaults,
  type SandboxStatus,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../sandbox/client.ts';

import { type Environment, loadEnvironment } from '../../stacks/environment.ts';
import type { ToolGroup } from '../../toolchain/index.ts';
import type { CommandArguments } from '../commands/definition.ts';

type Arguments = CommandArguments<Record<string, unknown>>;

function nameOf(argv: Arguments): string {
  return typeof argv.env === 'string' ? argv.env : 'demo';
}

function directoryOf(argv: Arguments): string {
  return resolve(typeof argv.directory === 'string' ? argv.directory : defaultSandboxDirectory(nameOf(argv)));
}

/** `kubezero sandbox start`: installs what it needs, starts it, says how to reach it. */
export async function start(argv: Arguments): Promise<void> {
  const { context } = argv;
  const { installTools } = await import('../stack/engine.ts');
  await installTools(toolsFor(environmentOf(argv)), context);
  const charts = givenDirectories();
  const handle = await startSandbox({
    directory: directoryOf(argv),
    name: nameOf(argv),
    region: (argv.region as string | undefined) ?? environmentOf(argv)?.region,
    charts,
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
function environmentOf(argv: Arguments): Environment | undefined {
  const { stacksDirectory } = argv.context;
  const name = nameOf(argv);
  return existsSync(join(stacksDirectory, name)) ? loadEnvironment(name, stacksDirectory) : undefined;
}

/** Tools that a sandbox of an environment runs. */
function toolsFor(environment: Environment | undefined): ToolGroup[] {
  return environment?.delivery === 'argocd' ? ['sandbox', 'argocd'] : ['sandbox'];
}

/** `kubezero sandbox serve`: the sandbox's own process, until it is told to stop. */
export async function serve(argv: Arguments): Promise<void> {
  const [{ runSandbox }, { ensureTools }] = await Promise.all([
    import('../../sandbox/daemon.ts'),
    import('../../toolchain/index.ts'),
  ]);
  await runSandbox({
    directory: String(argv.directory),
    name: String(argv.name),
    region: String(argv.region),
    charts: argv.charts as string[],
    tools: async () => {
      const tools = await ensureTools(['sandbox']);
      return (name, version) => tools.path(name, version);
    },
    argocd: async () => (await ensureTools(['argocd'])).path('kubezero-argocd'),
    signal: argv.context.signal,
  });
}

/** `kubezero sandbox stop`. */
export async function stop(argv: Arguments): Promise<void> {
  const directory = directoryOf(argv);
  const stopped = await stopSandbox(directory);
  if (argv.context.json) argv.context.print(JSON.stringify({ directory, stopped }));
  else
    argv.context.print(stopped ? `stopped; its logs are in ${directory}/logs` : `nothing was running in ${directory}`);
}

/** `kubezero sandbox env`: `export` lines for a shell. The keys in it are the sandbox's own, and good for nothing else. */
export async function env(argv: Arguments): Promise<void> {
  const variables = await sandboxEnv(directoryOf(argv));
  if (argv.context.json) argv.context.printSecrets(JSON.stringify(variables));
  else
    for (const [name, value] of Object.entries(variables))
      argv.context.printSecrets(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
}

/** `kubezero sandbox status`. */
export async function status(argv: Arguments): Promise<void> {
  const found = await sandboxStatus(directoryOf(argv));
  if (argv.context.json) argv.context.print(JSON.stringify(found));
  else for (const line of describe(found)) argv.context.print(line);
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

/** `kubezero sandbox fault add|list|clear`. */
export async function fault(argv: Arguments): Promise<void> {
  const directory = directoryOf(argv);
  const { kind, context } = argv;
  const names = ['namespace', 'name', 'node', 'reason', 'match', 'seconds', 'component'] as const;
  const given = Object.fromEntries(names.flatMap((name) => (argv[name] === undefined ? [] : [[name, argv[name]]])));
  const faults =
    argv.action === 'add'
      ? [await addFault(directory, { kind, ...given } as Fault)]
      : argv.action === 'clear'
        ? await clearFaults(directory, kind as string | undefined)
        : await listFaults(directory);
  if (context.json) context.print(JSON.stringify(faults));
  else if (faults.length === 0) context.print('no faults');
  else for (const { id, ...rest } of faults) context.print(`${id}: ${JSON.stringify(rest)}`);
}
