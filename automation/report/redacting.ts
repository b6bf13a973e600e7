import { masked, merged, replaceFindings } from '../../secrets/finding.ts';
import { literalsOf, registeredSecrets } from '../../secrets/known.ts';
import { namedSecrets } from '../../secrets/named.ts';
import { packedSecrets } from '../../secrets/packed.ts';
import { shapedSecrets } from '../../secrets/patterns.ts';
import type { Event, EventSink } from './events.ts';

export { registerSecret } from '../../secrets/known.ts';

/**
 * The last thing that happens to a text before it leaves this process: takes out registered secrets in any encoding, keys
 * and tokens that are known by what they look like, values whose name says so, and base64 that has any of it inside.
 */
export function redact(text: string, secrets: Iterable<string> = registeredSecrets()): string {
  return redactTo(text, secrets, 0);
}

function redactTo(text: string, secrets: Iterable<string>, depth: number): string {
  const found = merged([
    ...literalsOf(secrets).places(text),
    ...shapedSecrets(text),
    ...namedSecrets(text, { loose: false }),
    ...packedSecrets(text, (inner, below) => redactTo(inner, secrets, below) !== inner, depth),
  ]);
  return replaceFindings(text, found, () => masked);
}

/** A sink that passes events on with every string in them redacted. */
export function redacting(sink: EventSink, secrets: Iterable<string> = registeredSecrets()): EventSink {
  const clean: EventSink = (event) => sink(redactDeep(event, secrets) as Event);
  if (sink.close) clean.close = () => sink.close?.() ?? Promise.resolve();
  if (sink.forChildren) clean.forChildren = () => sink.forChildren?.() ?? {};
  return clean;
}

function redactDeep(value: unknown, secrets: Iterable<string>): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, secrets));
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, secrets)]));
  }
  return value;
}
