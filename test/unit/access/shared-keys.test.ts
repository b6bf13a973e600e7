import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAuthority, sharedKeysAddress } from '../../../automation/access/shared-keys.ts';
import { redact } from '../../../automation/report/redacting.ts';
import { createAuthority, issue, type KeyPair } from '../../../certificates/index.ts';
import { FakeAws } from './fake-aws.ts';
import { clusterKeys, packedKeys } from './keys.ts';

let aws: FakeAws;
let authority: KeyPair;
let object: string;
const address = sharedKeysAddress('demo', 'demo-backup', 'eu-central-1');
const place = 'demo-backup/k8s/demo/pki/shared-keys';

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

describe('the authority of a cluster', () => {
  it('comes from the keys that the first controller has put into the bucket', async () => {
    aws.objects.set(place, object);
    expect(await readAuthority(address)).toEqual(authority);
  });

  it('is a secret from then on, in whatever form', async () => {
    aws.objects.set(place, object);
    const { key } = (await readAuthority(address))!;
    const line = key.split('\n').at(-4)!;
    for (const text of [key, line, Buffer.from(key).toString('base64')])
      expect(redact(`<${text}>`)).not.toContain(line);
  });

  it('isn’t there before there is a first controller', async () => {
    expect(await readAuthority(address)).toBeUndefined();
  });
});

describe('is refused, with where it is, its state and what to do', () => {
  it('where AWS says no', async () => {
    aws.refusal = 'AccessDenied';
    await expect(readAuthority(address)).rejects.toMatchObject({
      name: 'UserError',
      message: 'the cluster’s keys can’t be read: AWS denies s3:GetObject (no, since AccessDenied)',
      where: `s3://${place}`,
      state: expect.stringContaining('nothing was changed'),
      fix: expect.stringContaining('--login aws-iam-authenticator'),
      exitCode: 4,
    });
  });

  it('where there is no such bucket', async () => {
    aws.refusal = 'NoSuchBucket';
    await expect(readAuthority(address)).rejects.toMatchObject({
      message: 'there is no such bucket',
      where: 's3://demo-backup',
      fix: expect.stringContaining('kubezero up'),
    });
  });

  it('where S3 has an error of its own: that is no absence', async () => {
    aws.refusal = 'KMS.DisabledException';
    await expect(readAuthority(address)).rejects.toMatchObject({ name: 'UserError', where: `s3://${place}` });
  });

  it.each<[string, () => Promise<string> | string, RegExp]>([
    ['it is empty', () => '\n', /it is empty$/],
    ['a line is cut', () => `${object.slice(0, 400)}\nca.key`, /a line isn’t a file’s name and its content in base64$/],
    ['a key is missing', () => packedKeys({ 'ca.crt': authority.cert }), /it has no ca\.key$/],
    ['the certificate is none', () => packedKeys({ 'ca.crt': 'x', 'ca.key': authority.key }), /its ca\.crt is no cert/],
    [
      'the certificate is no authority’s',
      async () => {
        const leaf = await issue(authority, { commonName: 'a', usage: 'client' });
        return packedKeys({ 'ca.crt': leaf.cert, 'ca.key': leaf.key });
      },
      /its ca\.crt is no certificate of an authority$/,
    ],
    ['the key is none', () => packedKeys({ 'ca.crt': authority.cert, 'ca.key': 'x' }), /its ca\.key is no RSA key$/],
    [
      'the key is of another kind',
      () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
        return packedKeys({ 'ca.crt': authority.cert, 'ca.key': pem });
      },
      /its ca\.key is no RSA key$/,
    ],
    [
      'they don’t belong together',
      async () => packedKeys({ 'ca.crt': authority.cert, 'ca.key': (await createAuthority('kubernetes')).key }),
      /its ca\.key belongs to another ca\.crt$/,
    ],
  ])('where %s', async (_what, content, message) => {
    aws.objects.set(place, await content());
    const error = await readAuthority(address).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(message),
      where: `s3://${place}`,
      state: 'nothing was changed',
      fix: expect.stringContaining('aws s3api list-object-versions --bucket demo-backup'),
    });
    expect(JSON.stringify(error)).not.toContain(authority.key.split('\n').at(-4));
  });
});
