import type { Argv } from 'yargs';
import yargs from 'yargs';
import { type ExitCode, exitCode, UserError } from '../errors/index.ts';
import { describeFailure } from './boundary.ts';
import { charts } from './commands/charts.ts';
import { comment } from './commands/comment.ts';
import type { Command, CommandArguments, GlobalOptions } from './commands/definition.ts';
import { destroy } from './commands/destroy.ts';
import { drift } from './commands/drift.ts';
import { migrate, standardInput } from './commands/migrate.ts';
import { preview } from './commands/preview.ts';
import { rehearse } from './commands/rehearse.ts';
import { render } from './commands/render.ts';
import * as sandbox from './commands/sandbox.ts';
import { status } from './commands/status.ts';
import * as toolchain from './commands/toolchain.ts';
import { up } from './commands/up.ts';
import { upgrade } from './commands/upgrade.ts';
import { type OpenContext, openContext, type Surroundings } from './context.ts';
import { environmentNames } from './environment-names.ts';
import { failedEvents } from './report/failed.ts';
import { redact } from './report/redact.ts';
import { usageError } from './usage.ts';

// biome-ignore lint/suspicious/noExplicitAny: each command has its own options
const commands: Command<any>[] = [
  rehearse,
  up,
  preview,
  drift,
  upgrade,
  comment,
  status,
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
  const setContext = (argv: CommandArguments) => {
    open = openContext(argv as GlobalOptions, signal, around);
    // Not enumerable: whoever prints or spreads its arguments doesn't get it along.
    Object.defineProperty(argv, 'context', { value: open.context, enumerable: false, configurable: true });
  };
  const parser = describeCommandLine(args, around, setContext, (result) => {
    code = result;
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
async function registerSecrets({ env, context }: CommandArguments<{ env?: unknown }>, around: Surroundings) {
  const { registerKnownSecrets } = await import('./secrets/collect.ts');
  const environment = typeof env === 'string' && env !== standardInput ? env : undefined;
  registerKnownSecrets({ env: around.env, stacksDirectory: context.stacksDirectory, environment });
}

type CompletionFilter = (done: (error: unknown, found: string[] | undefined) => void) => void;

function describeCommandLine(
  args: string[],
  around: Surroundings,
  setContext: (argv: CommandArguments) => void,
  setCode: (code: ExitCode) => void,
): Argv<GlobalOptions> {
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
    .middleware((argv) => setContext(argv as unknown as CommandArguments), true)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .demandCommand(1, 'which command?')
    .wrap(Math.min(110, (around.stdout as { columns?: number }).columns ?? 110))
    .version(false)
    .help('help', 'print this')
    .alias('help', 'h')
    .group(['json', 'stacks', 'color', 'help'], 'Everywhere:')
    .example('$0 rehearse demo', 'the whole upgrade of the demo environment, on this machine')
    .example('$0 upgrade demo --dry-run', 'the plan for a real one')
    .example('source <($0 completion)', 'completion in this shell')
    .fail((message, error) => {
      // YError: what the parser itself throws for a malformed command line.
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw usageError(message || error.message, args, parser, commands);
    });

  for (const command of commands) {
    parser.command({
      command: command.command,
      describe: command.describe,
      builder: (self: Argv) => command.builder(self as Argv<GlobalOptions>) as Argv,
      handler: async (argv: unknown) => {
        const typed = argv as CommandArguments<{ env?: unknown }>;
        await registerSecrets(typed, around);
        setCode((await command.handler(typed, typed.context)) ?? exitCode.ok);
      },
    });
  }
  parser.completion(
    'completion',
    'print a completion script for bash or zsh',
    (_current: string, _argv: unknown, defaults: CompletionFilter, done: (found: string[]) => void) => {
      defaults((_error: unknown, found: string[] | undefined) => {
        done([...(found ?? []), ...environmentCompletions(args, around)]);
      });
    },
  );
  return parser as unknown as Argv<GlobalOptions>;
}

/** Environment names, right after a command that takes one. */
function environmentCompletions(args: string[], around: Surroundings): string[] {
  const before = args.at(-2);
  const takesEnvironment =
    commands.some(({ command }) => `${command} `.startsWith(`${before} <env> `)) || args.at(-3) === 'charts';
  return takesEnvironment ? environmentNames(around) : [];
}
