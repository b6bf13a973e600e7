import type { EventSink } from './events.ts';
import { tee } from './events.ts';
import { redacting } from './redacting.ts';

export interface SinkOptions {
  tty: boolean;
  json: boolean;
  color: boolean;
  stdout: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
  /** Writes a line to stderr. */
  warn: (line: string) => void;
}

/**
 * The one choice of where events go: JSON lines when asked for, the live view on a terminal, else plain lines; and to
 * an OpenTelemetry collector where one is set.
 */
export async function sinkFor(options: SinkOptions): Promise<EventSink> {
  const [shown, traced] = await Promise.all([load(options), openTraces(options)]);
  return redacting(traced ? tee(shown, traced) : shown);
}

/** Where events go of a command that prints one document instead of them: to the collector alone. */
export async function tracesFor(options: Pick<SinkOptions, 'env' | 'warn'>): Promise<EventSink> {
  return redacting((await openTraces(options)) ?? tee());
}

async function openTraces({ env, warn }: Pick<SinkOptions, 'env' | 'warn'>): Promise<EventSink | undefined> {
  const wanted = Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const off = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (!wanted || off) return undefined;
  const { traceSink } = await import('./traces.ts');
  return traceSink({ env, warn });
}

async function load({ tty, json, color, stdout, env }: SinkOptions): Promise<EventSink> {
  if (json) {
    const { jsonSink } = await import('./json.ts');
    return jsonSink(stdout);
  }
  if (tty) {
    // The view's library reads this when it is loaded and takes no word for it: the one variable that is set in the middle.
    if (!color) process.env.NO_COLOR = '1';
    const { terminalSink } = await import('./terminal.ts');
    return terminalSink({ stdout: stdout as NodeJS.WriteStream });
  }
  const [{ plainSink }, { logHost }] = await Promise.all([import('./plain.ts'), import('./log-host.ts')]);
  return plainSink((line) => stdout.write(`${line}\n`), logHost(env));
}
