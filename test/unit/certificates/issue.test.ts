import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issue, type KeyPair } from '../../../certificates/index.ts';

const minute = 60_000;
let authority: KeyPair;
beforeAll(async () => {
  authority = await createAuthority('kubernetes');
});

describe('a client certificate', () => {
  it('is signed by the authority, belongs to its key, and is good for what was asked for', async () => {
    const pair = await issue(authority, {
      commonName: 'kubezero:somebody',
      organization: 'system:masters',
      usage: 'client',
      validMilliseconds: 60 * minute,
    });
    const certificate = new X509Certificate(pair.cert);
    const ca = new X509Certificate(authority.cert);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subject).toBe('O=system:masters\nCN=kubezero:somebody');
    // `extKeyUsage`: clientAuth.
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const left = Date.parse(certificate.validTo) - Date.now();
    expect(left).toBeGreaterThan(58 * minute);
    expect(left).toBeLessThanOrEqual(60 * minute);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now() - 4 * minute);
  });

  it('keeps a name with commas, equals signs and quotes in it one name', async () => {
    const commonName = 'kubezero:arn:aws:iam::1:user/a,O=x+CN="y"\\#;<>é';
    const { cert } = await issue(authority, { commonName, organization: 'system:masters', usage: 'client' });
    expect(new X509Certificate(cert).toLegacyObject().subject).toEqual({ O: 'system:masters', CN: commonName });
  });

  it('has no two of the same serial number', async () => {
    const issued = await Promise.all([1, 2].map(() => issue(authority, { commonName: 'a', usage: 'client' })));
    expect(new Set(issued.map(({ cert }) => new X509Certificate(cert).serialNumber)).size).toBe(2);
  });

  it.each([
    ['no certificate', { cert: 'nothing' }],
    ['no key', { key: 'nothing' }],
  ])('of an authority that is %s is not made', async (_what, change) => {
    await expect(issue({ ...authority, ...change }, { commonName: 'a', usage: 'client' })).rejects.toThrow();
  });
});

describe('an authority that was made elsewhere', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  // Go writes PrintableString where it can, others UTF8String; API servers compare the bytes.
  it.each(['pkix', 'utf8only'])('has its name taken over byte for byte (%s)', async (mask) => {
    const config = `[req]\nstring_mask=${mask}\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n`;
    writeFileSync(join(directory, 'ca.cnf'), config);
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-config', 'ca.cnf'],
      ...['-subj', '/CN=kubernetes', '-keyout', 'ca.key', '-out', 'ca.crt'],
    );
    const read = (name: string) => readFileSync(join(directory, name), 'utf8');
    const { cert } = await issue(
      { cert: read('ca.crt'), key: read('ca.key') },
      { commonName: 'kubezero:a', organization: 'system:masters', usage: 'client' },
    );
    writeFileSync(join(directory, 'client.crt'), cert);
    const verified = openssl('verify', '-purpose', 'sslclient', '-CAfile', 'ca.crt', 'client.crt').toString();
    expect(verified).toContain('client.crt: OK');
    const subject = derOfName(openssl('x509', '-in', 'ca.crt', '-outform', 'DER'));
    expect(openssl('x509', '-in', 'client.crt', '-outform', 'DER').includes(subject)).toBe(true);
  });

  /** The encoded common name: its string type, length and letters. */
  function derOfName(der: Buffer): Buffer {
    const at = der.indexOf('kubernetes');
    return der.subarray(at - 2, at + 'kubernetes'.length);
  }
});
