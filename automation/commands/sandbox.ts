import type { Argv } from 'yargs';
import { chartsOption, useGivenCharts } from './arguments.ts';
import type { CommandArguments, GlobalOptions } from './definition.ts';

export const command = 'sandbox';
export const describe = 'a simulated AWS and a real control plane on this machine, to try commands on';

const directoryOption = {
  type: 'string',
  requiresArg: true,
  describe: 'where the sandbox is kept (default: .kubezero/sandbox/<env>)',
} as const;

/** A subcommand that is about the sandbox of an environment, or in a directory. */
// biome-ignore lint/suspicious/noExplicitAny: yargs gives nested handlers untyped arguments
function action(name: string, describe: string, more: (nested: Argv<any>) => Argv<any> = (nested) => nested) {
  return {
    command: `${name} [env]`,
    describe,
    builder: (nested: Argv) =>
      more(
        nested
          .positional('env', { type: 'string', describe: 'environment (default: demo)' })
          .option('directory', directoryOption),
      ),
    handler: async (argv: unknown) => {
      if (name === 'start') await useGivenCharts(argv as { charts?: string[] });
      const commands = await import('../sandbox/command.ts');
      await commands[name as 'start' | 'status' | 'stop' | 'env'](argv as CommandArguments);
    },
  };
}

export const builder = (yargs: Argv<GlobalOptions>): Argv<GlobalOptions> =>
  yargs
    .command(
      action('start', 'start it and leave it running', (nested) =>
        nested.option('charts', chartsOption).option('region', {
          type: 'string',
          requiresArg: true,
          describe: 'region of the simulated account (default: the environment’s)',
        }),
      ),
    )
    .command(action('status', 'its instances, etcd members, API servers, volumes and faults'))
    .command(action('env', 'print the variables that point commands at it'))
    .command(action('stop', 'stop it and everything it started'))
    .command({
      command: 'fault <action> [kind]',
      describe: 'make something go wrong in it: add, list or clear faults',
      builder: (nested: Argv) =>
        nested
          .positional('action', {
            choices: ['add', 'list', 'clear'] as const,
            demandOption: true,
            describe: 'what to do',
          })
          .positional('kind', {
            type: 'string',
            describe: 'pod, boot-failure, slow-boot or process-down; with clear: the id of a fault (default: all)',
          })
          .option('env', { type: 'string', requiresArg: true, describe: 'environment (default: demo)' })
          .option('directory', directoryOption)
          .option('namespace', { type: 'string', requiresArg: true, describe: 'pod: its namespace' })
          .option('name', { type: 'string', requiresArg: true, describe: 'pod: how its name begins' })
          .option('node', { type: 'string', requiresArg: true, describe: 'pod: only on this node' })
          .option('reason', {
            type: 'string',
            requiresArg: true,
            describe: 'pod: reason it waits with (default: CrashLoopBackOff)',
          })
          .option('match', {
            type: 'string',
            requiresArg: true,
            describe: 'machines: node name, instance id, zone, role or worker group (default: all)',
          })
          .option('seconds', { type: 'number', requiresArg: true, describe: 'slow-boot: how much later (default: 30)' })
          .option('component', {
            type: 'string',
            requiresArg: true,
            describe: 'process-down: etcd, kube-apiserver, ...',
          })
          .example('$0 sandbox fault add pod --namespace istio-system --name istiod', 'istiod crash-loops from now on')
          .example('$0 sandbox fault clear', 'all is well again'),
      handler: async (argv: unknown) => {
        const { fault } = await import('../sandbox/command.ts');
        await fault(argv as CommandArguments);
      },
    })
    .command({
      // The sandbox's own process; `start` starts it.
      command: 'serve',
      describe: false as unknown as string,
      builder: (nested: Argv) =>
        nested
          .option('directory', { type: 'string', demandOption: true })
          .option('name', { type: 'string', demandOption: true })
          .option('region', { type: 'string', demandOption: true })
          .option('charts', { type: 'string', array: true, default: [] as string[] }),
      handler: async (argv: unknown) => {
        const { serve } = await import('../sandbox/command.ts');
        await serve(argv as CommandArguments);
      },
    })
    .demandCommand(1, 'start, status, env, stop or fault?')
    .example('$0 sandbox start demo', 'start the sandbox of the demo environment')
    .example('eval "$($0 sandbox env demo)" && $0 up demo', 'bring the environment up in it')
    .example('$0 sandbox stop demo', 'and be done with it');

/** Not reached: without an action, the parser asks for one. */
export async function handler(): Promise<void> {}
