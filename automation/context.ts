import { resolve } from 'node:path';
import type { CommandContext, GlobalOptions } from './commands/definition.ts';
import type { EventSink } from './report/events.ts';
import { redact, registerSecret } from './report/redact.ts';

/** The process a command runs in, as far as it can see it. */
export interface Surroundings {
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: NodeJS.WritableStream;
}

/** A command's context and the means to end it. */
export interface OpenContext {
  context: CommandContext;
  /** Lets the sink draw its last picture. */
  close(): Promise<void>;
}

/** Makes the context of one command from its global options. Heavy parts (the live view) load on first use. */
export function openContext(options: GlobalOptions, signal: AbortSignal, around: Surroundings): OpenContext {
  const tty =
    around.stdout.isTTY === true && !options.json && around.env.CI === undefined && around.env.TERM !== 'dumb';
  const color = options.color !== false && !around.env.NO_COLOR && (tty || Boolean(around.env.FORCE_COLOR));
  let sink: Promise<EventSink> | undefined;
  const write = (stream: NodeJS.WritableStream, line: string) => void stream.write(`${redact(line)}\n`);
  const context: CommandContext = {
    signal,
    stacksDirectory: resolve(around.cwd, options.stacks ?? around.env.KUBEZERO_STACKS ?? 'stacks'),
    json: options.json,
    tty,
    color,
    print: (line) => write(around.stdout, line),
    printSecrets: (line) => void around.stdout.write(`${line}\n`),
    warn: (line) => write(around.stderr, line),
    secret: registerSecret,
    openSink: () => {
      sink ??= import('./report/sink.ts').then(({ sinkFor }) =>
        sinkFor({ tty, json: options.json, color, stdout: around.stdout }),
      );
      return sink;
    },
  };
  return { context, close: async () => (await sink)?.close?.() };
}
