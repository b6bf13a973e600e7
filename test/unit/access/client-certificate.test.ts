import { createPrivateKey, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientCredential, requestedVersion } from '../../../automation/access/client-certificate.ts';
import { redact } from '../../../automation/report/redacting.ts';
import { createAuthority, type KeyPair } from '../../../certificates/index.ts';

const arn = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Administrator_0123456789abcdef/a=b,c@example.com';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';
let authority: KeyPair;
beforeAll(async () => {
  authority = await createAuthority('kubernetes');
});

describe('what a Kubernetes client is given', () => {
  it('is a certificate of an administrator who has the caller’s name, for an hour', async () => {
    const { apiVersion, kind, status } = await clientCredential(authority, arn, v1beta1);
    expect([apiVersion, kind]).toEqual([v1beta1, 'ExecCredential']);
    const certificate = new X509Certificate(status.clientCertificateData);
    expect(certificate.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(status.clientKeyData))).toBe(true);
    expect(certificate.toLegacyObject().subject).toEqual({ O: 'system:masters', CN: `kubezero:${arn}` });
    const seconds = (Date.parse(certificate.validTo) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3600);
    // Another one is asked for before it ends.
    expect(Date.parse(status.expirationTimestamp)).toBeLessThan(Date.parse(certificate.validTo));
  });

  it('has a key of its own each time, that is told nobody else', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => clientCredential(authority, arn, v1beta1)));
    expect(one!.status.clientKeyData).not.toBe(other!.status.clientKeyData);
    expect(redact(JSON.stringify(one))).not.toContain(one!.status.clientKeyData.split('\n').at(-4));
  });
});

describe('the version of the protocol', () => {
  const asked = (apiVersion: string) => ({
    KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: 'ExecCredential' }),
  });

  it.each(['v1', 'v1beta1', 'v1alpha1'])('is the client’s: %s', (version) => {
    expect(requestedVersion(asked(`client.authentication.k8s.io/${version}`))).toBe(
      `client.authentication.k8s.io/${version}`,
    );
  });

  it.each([{}, { KUBERNETES_EXEC_INFO: 'x' }, { KUBERNETES_EXEC_INFO: 'null' }, asked('evil.example.com/v1')])(
    'is v1beta1 where the client says nothing of use: %j',
    (env) => {
      expect(requestedVersion(env)).toBe(v1beta1);
    },
  );
});
