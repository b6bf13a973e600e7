import type { Event, EventSink } from './events.ts';

/** Stands in for anything secret. */
const redacted = '[secret]';

/** PEM blocks that hold keys, with real line ends or JSON-escaped ones. Certificates are public and stay. */
const pemKey = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY[A-Z ]*)-----[\s\S]*?(?:-----END \1-----|$)/g;
/** An AWS secret access key or session token where it is named as such. The access key id alone is no secret, but tells whose. */
const awsNamed = /((?:secret_?access_?key|session_?token)["']?\s*[:=]\s*\\?["']?)([A-Za-z0-9/+=]{20,})/gi;
const awsKeyId = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g;
/** Base64 of `-----BEGIN ... PRIVATE KEY`: how Kubernetes secrets and user data carry one. */
const pemKeyBase64 =
  /\bLS0tLS1CRUdJTi[A-Za-z0-9+/]*(?:UFJJVkFURSBLRV|QUklWQVRFIEtFW|BSSVZBVEUgS0VZ)[A-Za-z0-9+/]*={0,2}/g;
const passphraseNamed = /(passphrase["']?\s*[:=]\s*\\?["']?)([^\s"'\\,}]+)/gi;

/** Secrets of this process: whatever is registered here appears in none of its output and records. */
const registered = new Set<string>();

/** Registers a value (a passphrase, a key) that must not appear anywhere. */
export function registerSecret(value: string): void {
  registered.add(value);
}

/** Shorter values would blank out ordinary words. */
const shortestSecret = 6;

/** Replaces registered secrets (also JSON-escaped and base64), private keys and AWS credentials in a text. */
export function redact(text: string, secrets: Iterable<string> = registered): string {
  let result = text;
  for (const form of forms(secrets)) result = result.replaceAll(form, redacted);
  return result
    .replace(pemKey, redacted)
    .replace(pemKeyBase64, redacted)
    .replace(awsNamed, `$1${redacted}`)
    .replace(awsKeyId, redacted)
    .replace(passphraseNamed, (whole, name: string, value: string) => (value === redacted ? whole : name + redacted));
}

/** A value as it may appear: itself, as JSON inside JSON has it, base64. Longest first, so that no part of one is left over. */
function forms(secrets: Iterable<string>): string[] {
  const all = new Set<string>();
  for (const secret of secrets) {
    if (secret.trim().length < shortestSecret) continue;
    for (const value of [secret, secret.trim()]) {
      all.add(value);
      const escaped = JSON.stringify(value).slice(1, -1);
      all.add(escaped);
      all.add(JSON.stringify(escaped).slice(1, -1));
      all.add(Buffer.from(value).toString('base64'));
    }
  }
  return [...all].sort((a, b) => b.length - a.length);
}

/** A sink that passes events on with every string in them redacted. */
export function redacting(sink: EventSink, secrets: Iterable<string> = registered): EventSink {
  const clean: EventSink = (event) => sink(redactDeep(event, secrets) as Event);
  if (sink.close) clean.close = () => sink.close?.() ?? Promise.resolve();
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
