import { type Event, eventsVersion, type Failed } from './events.ts';

/** The `error` events of a command that fails: one for each thing that is wrong. */
export function failedEvents(
  parts: readonly Omit<Failed, 'type' | 'version' | 'exit'>[],
  exit: number,
  now: () => Date = () => new Date(),
): Event[] {
  const at = now().toISOString();
  return parts.map((part) => ({ type: 'error', version: eventsVersion, exit, ...part, at }));
}
