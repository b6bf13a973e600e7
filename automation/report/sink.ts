import type { EventSink } from './events.ts';

export interface SinkOptions {
  tty: boolean;
  json: boolean;
  color: boolean;
  stdout: NodeJS.WritableStream;
  /** May grow while the sink is in use. */
  secrets: ReadonlySet<string>;
}

/** Where events go: JSON lines, the live view, or plain lines. */
export async function sinkFor(options: SinkOptions): Promise<EventSink> {
  const { jsonSink } = await import('./json.ts');
  const { redacting } = await import('./redact.ts');
  return redacting(jsonSink(options.stdout), options.secrets);
}
