import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { ExitCode } from '../../errors/index.ts';
import type { EventSink } from '../report/events.ts';

/** Options every command has. */
export interface GlobalOptions {
  json: boolean;
  stacks?: string;
  color: boolean;
}

/** What a command is given besides its arguments. */
export interface CommandContext {
  /** Aborted by the first Ctrl-C (or SIGTERM): stop starting things, leave the cluster serving, return. */
  signal: AbortSignal;
  /** Absolute directory holding one directory per environment: `--stacks`, else `KUBEZERO_STACKS`, else `./stacks`. */
  stacksDirectory: string;
  /** Machine-readable output was asked for: events as JSON lines, results as one JSON document, nothing else on stdout. */
  json: boolean;
  /** Standard output is a terminal that a live view may be drawn on. */
  tty: boolean;
  color: boolean;
  /** Writes one line (a newline is added) to stdout. */
  print(line: string): void;
  /** Writes one line to stdout with the secrets in it: only what somebody asked for in so many words (`--show-secrets`). */
  printSecrets(line: string): void;
  /** Writes one line to stderr. */
  warn(line: string): void;
  /**
   * Values never to appear in any output (passphrases, keys). Every sink of this run replaces them; `print` and `warn` too.
   */
  secret(value: string): void;
  /** Where this run's events go: the live view, plain lines or JSON lines. Loaded on first use; closed when the command ends. */
  openSink(): Promise<EventSink>;
  /**
   * Where events go of a command that prints one document instead of them: an OpenTelemetry collector where one is set,
   * else nowhere.
   */
  openTraces(): Promise<EventSink>;
}

/** Arguments as handlers get them. `context` is there too, for handlers of nested commands, which yargs gives nothing else. */
export type CommandArguments<Options = Record<string, unknown>> = ArgumentsCamelCase<GlobalOptions & Options> & {
  context: CommandContext;
};

/**
 * One command of the command line. Its module may import nothing heavy at the top: it is loaded for `--help` as well.
 * `handler` imports what does the work, and returns the exit code (nothing: 0).
 */
export interface Command<Options = Record<string, unknown>> {
  command: string;
  describe: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the options come to is said once, in `Options`
  builder(yargs: Argv<GlobalOptions>): Argv<any>;
  // biome-ignore lint/suspicious/noConfusingVoidType: handlers that end without a code end well
  handler(argv: CommandArguments<Options>, context: CommandContext): Promise<ExitCode | void>;
}

/** Keeps the type of the options from `builder` to `handler`. */
export function defineCommand<Options>(command: Command<Options>): Command<Options> {
  return command;
}
