import type { EventSink } from './events.ts';

/** One event per line, as JSON. */
export function jsonSink(stdout: NodeJS.WritableStream): EventSink {
  return (event) => void stdout.write(`${JSON.stringify(event)}\n`);
}
