import { gunzipSync, gzipSync } from 'node:zlib';

/** A private key as openssl writes it; what is in it is made up, and recognisable. */
export function privateKey(mark: string): string {
  const body = Buffer.from(`${mark}/${'not-really-a-key-'.repeat(8)}${mark}`).toString('base64');
  const lines = body.match(/.{1,64}/g)!.join('\n');
  return `-----BEGIN RSA PRIVATE KEY-----\n${lines}\n-----END RSA PRIVATE KEY-----\n`;
}

export function packed(text: string): string {
  return gzipSync(text).toString('base64');
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/**
 * Places where a secret can be read in a text: as it is, escaped, encoded, also inside of something that is encoded as a whole.
 * Knows nothing of how kubezero looks for them.
 * @returns of each a few words on how it was found; empty: it can't be read there.
 */
export function leaks(text: string, secrets: Record<string, string>, how = 'as it is', depth = 0): string[] {
  const found = Object.entries(secrets).flatMap(([name, secret]) =>
    encodings(secret).flatMap(([encoding, encoded]) => {
      const at = text.indexOf(encoded);
      if (at < 0) return [];
      const around = text
        .slice(Math.max(0, at - 60), at)
        .split('\n')
        .at(-1);
      return [`${name}, ${encoding}, ${how}, after "${around}"`];
    }),
  );
  if (depth === 4) return found;
  const inside = [...text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)].flatMap(([run]) => {
    const bytes = Buffer.from(run, 'base64');
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? unzipped(bytes) : bytes.toString();
    return leaks(plain, secrets, `inside of base64, ${how}`, depth + 1);
  });
  return [...new Set([...found, ...inside])];
}

function unzipped(bytes: Buffer): string {
  try {
    return gunzipSync(bytes).toString();
  } catch {
    return '';
  }
}

function encodings(secret: string): [string, string][] {
  const json = JSON.stringify(secret).slice(1, -1);
  // A private key is given away by any line of it.
  const lines = secret.includes('\n') ? secret.split('\n').filter((line) => line && !line.startsWith('-----')) : [];
  return [
    ['plain', secret],
    ...lines.map((line): [string, string] => ['one line', line]),
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['YAML', secret.replaceAll("'", "''")],
    ['URL', encodeURIComponent(secret)],
    ['HTML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
    ['hexadecimal', Buffer.from(secret).toString('hex')],
    ['base64', base64(secret)],
    ['base64 of base64', base64(base64(secret))],
  ];
}
