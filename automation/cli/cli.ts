import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import yargs from 'yargs';
import { environmentNames } from '../../environment/names.ts';
import { type ExitCode, exitCode, UserError } from '../../errors/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { standardInput } from '../operations/migrate-options.ts';
import type { CommandContext, GlobalOptions } from '../report/command-context.ts';
import { failedEvents } from '../report/failed.ts';
import { redact } from '../report/redacting.ts';
import { describeFailure } from './boundary.ts';
import { charts } from './commands/charts.ts';
import { comment } from './commands/comment.ts';
import type { Command } from './commands/definition.ts';
import { destroy } from './commands/destroy.ts';
import { drift } from './commands/drift.ts';
import { kubeconfig } from './commands/kubeconfig.ts';
import { migrate } from './commands/migrate.ts';
import { preview } from './commands/preview.ts';
import { rehearse } from './commands/rehearse.ts';
import { render } from './commands/render.ts';
import { sandbox } from './commands/sandbox.ts';
import { status } from './commands/status.ts';
import { toolchain } from './commands/toolchain.ts';
import { up } from './commands/up.ts';
import { upgrade } from './commands/upgrade.ts';
import { type OpenContext, openContext, type Surroundings } from './context.ts';
import { usageError } from './usage.ts';

const commands: Command[] = [
  rehearse,
  up,
  preview,
  drift,
  upgrade,
  comment,
  status,
  kubeconfig,
  migrate,
  render,
  charts,
  destroy,
  sandbox,
  toolchain,
];

/** Entry of the `kubezero` command: runs it with the process's own streams and ends the process with its exit code. */
export async function main(args: string[]): Promise<never> {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new UserError('interrupted', { exitCode: exitCode.interrupted }));
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(exitCode.interrupted);
    process.stderr.write('\nstopping; once more to stop at once\n');
    stop();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // Nobody reads on (`kubezero ... | head`, a closed terminal): come to an end as after Ctrl-C, with what was started cleaned up.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
      stop();
    });
  }
  // Node itself would print what nobody awaited as it is, with whatever is in it.
  process.on('uncaughtException', (error) => {
    const failure = describeFailure(error);
    if (args.includes('--json'))
      for (const event of failedEvents(failure.parts, exitCode.bug))
        process.stdout.write(`${redact(JSON.stringify(event))}\n`);
    process.stderr.write(`${redact(failure.text)}\n`, () => process.exit(exitCode.bug));
  });
  const { cwd, env, stdout, stderr } = process;
  // The AWS SDK's version is pinned and runs on every Node.js this program supports; its notice about later ones tells the
  // operator of an upgrade nothing.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const code = await run(args, { cwd: cwd(), env, stdout, stderr }, interrupt.signal);
  await Promise.all([stdout, stderr].map((stream) => new Promise((flushed) => stream.write('', flushed))));
  // Provider connections and watches of a failed run may still be open.
  process.exit(code);
}

/** Runs one command line and returns its exit code; prints what it has to say, throws nothing. */
export async function run(given: string[], around: Surroundings, signal: AbortSignal): Promise<ExitCode> {
  const args = given.map((argument) => (argument === '-' ? standardInput : argument));
  let open: OpenContext | undefined;
  let code: ExitCode = exitCode.ok;
  const parser = describeCommandLine(args, around, {
    open: (options) => {
      open = openContext(options, signal, around);
    },
    run: async (command, argv) => {
      const { context } = open!;
      await registerSecrets(argv, context, around);
      code = (await command.run(argv, context)) ?? exitCode.ok;
    },
  });
  try {
    await parser.parseAsync(args, (_error: unknown, _argv: unknown, output: string) => {
      if (output) around.stdout.write(`${output}\n`);
    });
    return signal.aborted ? exitCode.interrupted : code;
  } catch (error) {
    const failure = describeFailure(error, signal);
    // A malformed command line may not have come to a context.
    open ??= openContext({ json: given.includes('--json'), color: false }, signal, around);
    await open.fail(failure).catch(() => undefined);
    await open.close().catch(() => undefined);
    open = undefined;
    around.stderr.write(`${redact(failure.text)}\n`);
    return failure.exitCode;
  } finally {
    await open?.close();
  }
}

/** Before a command does anything: the secrets it could come across appear in nothing it says. */
async function registerSecrets({ env }: { env?: unknown }, { stacksDirectory }: CommandContext, around: Surroundings) {
  const { registerKnownSecrets } = await import('../../secrets/collect.ts');
  const environment = typeof env === 'string' && env !== standardInput ? env : undefined;
  registerKnownSecrets({ env: around.env, stacksDirectory, environment });
}

type CompletionFilter = (done: (error: unknown, found: string[] | undefined) => void) => void;

/** What the parser calls: first with the global options, then with the command that was named. */
interface Called {
  open(options: GlobalOptions): void;
  run(command: Command, argv: object): Promise<void>;
}

function describeCommandLine(args: string[], around: Surroundings, called: Called): Argv<GlobalOptions> {
  const parser = yargs(args, around.cwd)
    .scriptName('kubezero')
    .locale('en')
    .usage('$0 <command> [options]\n\nKubeZero on Pulumi: self-managed Kubernetes on AWS, and its release upgrades.')
    .option('json', {
      type: 'boolean',
      default: false,
      global: true,
      describe: 'events as JSON lines on stdout, results as JSON',
    })
    .option('stacks', {
      type: 'string',
      requiresArg: true,
      global: true,
      describe: 'directory with the environments (default: $KUBEZERO_STACKS, else ./stacks)',
    })
    .option('color', {
      type: 'boolean',
      default: true,
      global: true,
      describe: 'colours; off with --no-color or NO_COLOR',
    })
    .middleware((argv) => called.open(argv), true)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(110, (around.stdout as { columns?: number }).columns ?? 110))
    .version('version', 'print the version', versionText(args))
    .help('help', 'print this')
    .alias('help', 'h')
    .group(['json', 'stacks', 'color', 'help', 'version'], 'Everywhere:')
    .example('$0 rehearse demo', 'the whole upgrade of the demo environment, on this machine')
    .example('$0 upgrade demo --dry-run', 'the plan for a real one')
    .example('source <($0 completion)', 'completion in this shell')
    .fail((message, error) => {
      // YError: what the parser itself throws for a malformed command line.
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw usageError(message || error.message, args, parser, commands);
    });

  for (const command of commands) add(command, parser, called);
  parser.completion(
    'completion',
    'print a completion script for bash or zsh',
    (_current: string, _argv: unknown, defaults: CompletionFilter, done: (found: string[]) => void) => {
      defaults((_error: unknown, found: string[] | undefined) => {
        done([...(found ?? []), ...environmentCompletions(args, around)]);
      });
    },
  );
  return parser;
}

function versionText(args: string[]): string {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
  return args.includes('--json') ? JSON.stringify({ version }) : version;
}

function add(command: Command, parser: Argv<GlobalOptions>, called: Called): void {
  parser.command({
    command: command.command,
    describe: command.describe,
    builder: (own: Argv<GlobalOptions>) => {
      for (const below of command.commands ?? []) add(below, own, called);
      return command.builder(own);
    },
    handler: (argv) => called.run(command, argv),
  });
}

/** Environment names, right after a command that takes one. */
function environmentCompletions(args: string[], around: Surroundings): string[] {
  const before = args.at(-2);
  const takesEnvironment =
    commands.some(({ command }) => `${command} `.startsWith(`${before} <env> `)) || args.at(-3) === 'charts';
  return takesEnvironment ? environmentNames(around) : [];
}
