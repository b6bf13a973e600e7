import { backendOption, chartsOption, machinesOption } from './arguments.ts';
import { defineCommand, defineGroup } from './definition.ts';

/** Which sandbox: that of an environment, or the one in a directory. */
const environmentOption = { type: 'string', requiresArg: true, describe: 'environment (default: demo)' } as const;
const environmentArgument = { type: 'string', describe: 'environment (default: demo)' } as const;
const directoryOption = {
  type: 'string',
  requiresArg: true,
  describe: 'where the sandbox is kept (default: .kubezero/sandbox/<env>)',
} as const;

const start = defineCommand({
  command: 'start [env]',
  describe: 'start it and leave it running',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('directory', directoryOption)
      .option('charts', chartsOption)
      .option('machines', machinesOption)
      .option('backend', backendOption)
      .option('region', {
        type: 'string',
        requiresArg: true,
        describe: 'region of the simulated account (default: the environment’s)',
      }),
  operation: async () => (await import('../../operations/sandbox/command.ts')).start,
});

/** A command that is about a sandbox and takes nothing else. */
const about = (name: 'status' | 'env' | 'stop', describe: string) =>
  defineCommand({
    command: `${name} [env]`,
    describe,
    builder: (yargs) => yargs.positional('env', environmentArgument).option('directory', directoryOption),
    operation: async () => (await import('../../operations/sandbox/command.ts'))[name],
  });

const fault = defineCommand({
  command: 'fault <action> [kind]',
  describe: 'make something go wrong in it: add, list or clear faults',
  builder: (yargs) =>
    yargs
      .positional('action', {
        choices: ['add', 'list', 'clear'] as const,
        demandOption: true,
        describe: 'what to do',
      })
      .positional('kind', {
        type: 'string',
        describe:
          'pod, boot-failure, slow-boot, process-down, aws or slow-aws; with clear: the id of a fault (default: all)',
      })
      .option('env', environmentOption)
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
      .option('operation', {
        type: 'string',
        requiresArg: true,
        describe: 'aws, slow-aws: which calls, e.g. s3:GetObject, ec2:*',
      })
      .option('error', {
        type: 'string',
        requiresArg: true,
        describe: 'aws: how: denied, throttled, expired or unavailable (default)',
      })
      .option('resource', {
        type: 'string',
        requiresArg: true,
        describe: 'aws, slow-aws: only where bucket and key, volume or instance contain this',
      })
      .option('delay', { type: 'number', requiresArg: true, describe: 'slow-aws: milliseconds that each call waits' })
      .option('bandwidth', {
        type: 'number',
        requiresArg: true,
        describe: 'slow-aws: Mbit/s that the calls share, in each direction',
      })
      .example('$0 sandbox fault add pod --namespace istio-system --name istiod', 'istiod crash-loops from now on')
      .example('$0 sandbox fault add slow-aws --operation "s3:*" --delay 40 --bandwidth 100', 'S3 is far away')
      .example('$0 sandbox fault clear', 'all is well again'),
  operation: async () => (await import('../../operations/sandbox/command.ts')).fault,
});

const reboot = defineCommand({
  command: 'reboot <machine>',
  describe: 'reboot machines of it: by node name, instance id, zone, role or worker group',
  builder: (yargs) =>
    yargs
      .positional('machine', { type: 'string', demandOption: true, describe: 'what they are called' })
      .option('env', environmentOption)
      .option('directory', directoryOption),
  operation: async () => (await import('../../operations/sandbox/command.ts')).reboot,
});

/** The sandbox's own process; `start` starts it. */
const serve = defineCommand({
  command: 'serve',
  describe: false,
  builder: (yargs) =>
    yargs
      .option('directory', { type: 'string', demandOption: true })
      .option('name', { type: 'string', demandOption: true })
      .option('region', { type: 'string', demandOption: true })
      .option('machines', machinesOption)
      .option('backend', backendOption)
      .option('charts', { type: 'string', array: true, default: [] as string[] })
      .option('kubernetes', { type: 'string', array: true }),
  operation: async () => (await import('../../operations/sandbox/command.ts')).serve,
});

export const sandbox = defineGroup({
  command: 'sandbox',
  describe: 'a simulated AWS and a real control plane on this machine, to try commands on',
  which: 'start, status, env, stop, reboot or fault?',
  commands: [
    start,
    about('status', 'its instances, etcd members, API servers, volumes and faults'),
    about('env', 'print the variables that point commands at it'),
    about('stop', 'stop it and everything it started'),
    fault,
    reboot,
    serve,
  ],
  examples: [
    ['$0 sandbox start demo', 'start the sandbox of the demo environment'],
    ['eval "$($0 sandbox env demo)" && $0 up demo', 'bring the environment up in it'],
    ['$0 sandbox stop demo', 'and be done with it'],
  ],
});
