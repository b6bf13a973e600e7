import { X509Certificate } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../../automation/cli/cli.ts';
import type { KeyPair } from '../../../certificates/index.ts';
import { FakeAws } from './fake-aws.ts';
import { clusterKeys } from './keys.ts';

let aws: FakeAws;
let authority: KeyPair;
let object: string;
beforeAll(async () => {
  aws = await FakeAws.start();
  ({ authority, object } = await clusterKeys());
});
beforeEach(() => {
  aws.refusal = undefined;
  aws.objects.clear();
});
afterAll(() => {
  aws.stop();
  vi.unstubAllEnvs();
});

async function kubezero(...args: string[]) {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk, _encoding, done) {
        texts[name] += chunk;
        done();
      },
    });
  const around = { cwd: '/', env: {}, stdout: stream('stdout'), stderr: stream('stderr') };
  const code = await run(['kubeconfig', 'demo', ...args], around, new AbortController().signal);
  return { code, ...texts };
}
const plugin = ['--credential', '--bucket', 'demo-backup', '--region', 'eu-central-1'];

describe('as the credential plugin', () => {
  it('prints a certificate for whoever AWS says it is, and reads no file of the environment', async () => {
    aws.objects.set('demo-backup/k8s/demo/pki/shared-keys', object);
    const { code, stdout, stderr } = await kubezero(...plugin);
    expect([code, stderr]).toEqual([0, '']);
    const { kind, status } = JSON.parse(stdout);
    expect(kind).toBe('ExecCredential');
    const certificate = new X509Certificate(status.clientCertificateData);
    expect(certificate.checkIssued(new X509Certificate(authority.cert))).toBe(true);
    expect(certificate.subject).toContain(`CN=kubezero:${aws.arn}`);
    expect(stdout).not.toContain(authority.key.split('\n').at(-4));
  });

  it('says on stderr what is wrong, and prints nothing', async () => {
    expect(await kubezero(...plugin)).toEqual({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: the keys of cluster demo aren’t in the bucket yet\n {2}where: s3:\/\/demo-backup\/k8s\/demo\/pki\/shared-keys\n/,
      ),
    });
    aws.refusal = 'AccessDenied';
    expect(await kubezero(...plugin)).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('denies') });
  });
});

describe('options that don’t go together are refused', () => {
  it.each([
    [['--credential', '--write', 'x'], '--write doesn’t go with --credential'],
    [['--credential', '--tunnel'], '--tunnel doesn’t go with --credential'],
    [['--bucket', 'x'], '--bucket needs --credential'],
    [['--port', '6443'], '--port needs --tunnel'],
    [['--tunnel', '--port', '70000'], '--port is a port number'],
  ])('%j', async (args, message) => {
    expect(await kubezero(...args)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(message) });
  });
});
