import type { EventSink } from './events.ts';
import { redacting } from './redact.ts';

export interface SinkOptions {
  tty: boolean;
  json: boolean;
  color: boolean;
  stdout: NodeJS.WritableStream;
}

/** The one choice of where events go: JSON lines when asked for, the live view on a terminal, else plain lines. */
export async function sinkFor(options: SinkOptions): Promise<EventSink> {
  return redacting(await load(options));
}

async function load({ tty, json, color, stdout }: SinkOptions): Promise<EventSink> {
  if (json) {
    const { jsonSink } = await import('./json.ts');
    return jsonSink(stdout);
  }
  if (tty) {
    // The view's library decides on colours when it is loaded.
    if (!color) process.env.NO_COLOR = '1';
    const { terminalSink } = await import('./terminal.ts');
    return terminalSink({ stdout: stdout as NodeJS.WriteStream });
  }
  const { plainSink } = await import('./plain.ts');
  return plainSink((line) => stdout.write(`${line}\n`));
}
