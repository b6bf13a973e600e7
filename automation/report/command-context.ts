import type { EventSink } from './events.ts';

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
  /** Environment variables of the run. */
  env: NodeJS.ProcessEnv;
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
