import { resolve } from 'node:path';
import type { CommandContext, GlobalOptions } from '../report/command-context.ts';
import type { EventSink } from '../report/events.ts';
import { failedEvents } from '../report/failed.ts';
import { redact, registerSecret } from '../report/redacting.ts';
import type { Failure } from './boundary.ts';

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
  /** Tells programs, the pipeline's log and the trace why the command failed; people are told by whoever runs it. */
  fail(failure: Failure): Promise<void>;
  /** Lets the sink draw its last picture. */
  close(): Promise<void>;
}

/** Makes the context of one command from its global options. Heavy parts (the live view) load on first use. */
export function openContext(options: GlobalOptions, signal: AbortSignal, around: Surroundings): OpenContext {
  const tty =
    around.stdout.isTTY === true && !options.json && around.env.CI === undefined && around.env.TERM !== 'dumb';
  const color = options.color !== false && !around.env.NO_COLOR && (tty || Boolean(around.env.FORCE_COLOR));
  let sink: Promise<EventSink> | undefined;
  let traces: Promise<EventSink> | undefined;
  const write = (stream: NodeJS.WritableStream, line: string) => void stream.write(`${redact(line)}\n`);
  const context: CommandContext = {
    signal,
    stacksDirectory: resolve(around.cwd, options.stacks ?? around.env.KUBEZERO_STACKS ?? 'stacks'),
    env: around.env,
    json: options.json,
    tty,
    color,
    print: (line) => write(around.stdout, line),
    printSecrets: (line) => void around.stdout.write(`${line}\n`),
    warn: (line) => write(around.stderr, line),
    secret: registerSecret,
    openSink: () => {
      sink ??= import('../report/sink.ts').then(({ sinkFor }) =>
        sinkFor({ tty, json: options.json, color, ...around, warn: context.warn }),
      );
      return sink;
    },
    openTraces: () => {
      traces ??= import('../report/sink.ts').then(({ tracesFor }) =>
        tracesFor({ env: around.env, warn: context.warn }),
      );
      return traces;
    },
  };
  const fail = async ({ parts, exitCode }: Failure) => {
    // JSON lines are promised also by commands that have not come to open any.
    const open = await Promise.all([options.json ? context.openSink() : sink, traces]);
    for (const event of failedEvents(parts, exitCode)) for (const each of open) each?.(event);
  };
  const close = async () => void (await Promise.all([sink, traces].map(async (each) => (await each)?.close?.())));
  return { context, fail, close };
}
