import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Account } from '../../sandbox/aws/account.ts';
import { makeBackend } from '../../sandbox/aws/backend.ts';
import { createAlias, createKey } from '../../sandbox/aws/keys.ts';
import { serveQueryApi } from '../../sandbox/aws/query/server.ts';
import { refusalOf } from '../../sandbox/aws/refusals.ts';
import { FaultStore, parseFault } from '../../sandbox/faults.ts';
import { base64, kmsOf } from './aws-kms.ts';

const faults = new FaultStore();
const account = new Account({
  region: 'eu-central-1',
  host: { boot: async () => {}, terminate: async () => {} },
  images: [],
  log: () => {},
  refuse: (operation, resource) => {
    const kind = faults.awsRefusal(operation, resource);
    return kind && refusalOf(operation, kind, resource);
  },
});
const key = createKey(account, 'state of stacks');
createAlias(account, 'alias/state', key.id);
let api: Awaited<ReturnType<typeof serveQueryApi>>;
beforeAll(async () => {
  api = await serveQueryApi(account, '127.0.0.1');
});
afterEach(() => void faults.clear());
afterAll(async () => {
  account.stop();
  await api.stop();
});

const encrypt = async (caller: Parameters<typeof kmsOf>[1] = {}, KeyId = 'alias/state') =>
  kmsOf(api.endpointUrl, caller)('Encrypt', { KeyId, Plaintext: base64('geheim') });
const decrypt = async (CiphertextBlob: string, caller: Parameters<typeof kmsOf>[1] = {}) =>
  kmsOf(api.endpointUrl, caller)('Decrypt', { CiphertextBlob });

test('a key is in its region and nowhere else', async () => {
  const region = 'us-east-1';
  const { body } = await encrypt();
  const there = (resource: string) => `arn:aws:kms:us-east-1:111122223333:${resource}`;
  const said: Record<string, string> = {
    'alias/state': `Alias ${there('alias/state')} is not found.`,
    [key.id]: `Key '${there(`key/${key.id}`)}' does not exist`,
    [key.arn]: 'Invalid arn eu-central-1',
  };
  for (const [name, message] of Object.entries(said))
    expect((await encrypt({ region }, name)).body).toEqual({ __type: 'NotFoundException', message });
  expect(await decrypt(body.CiphertextBlob, { region })).toMatchObject({
    status: 400,
    body: { __type: 'AccessDeniedException', message: expect.stringMatching(/^The ciphertext refers to a customer/) },
  });
});

test('what was changed isn’t decrypted', async () => {
  const { body } = await encrypt();
  const changed = Buffer.from(body.CiphertextBlob, 'base64');
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const blob of [changed.toString('base64'), base64('short')])
    expect(await decrypt(blob)).toEqual({ status: 400, body: { __type: 'InvalidCiphertextException' } });
});

test('whoever calls has to be somebody, with keys that haven’t expired', async () => {
  account.sessions.set('ASIATEST', { arn: 'arn', userId: 'id', token: 'token', expires: new Date(Date.now() - 1) });
  const refused = async (caller: Parameters<typeof kmsOf>[1]) => (await encrypt(caller)).body.__type;
  expect(await refused({ accessKeyId: 'ASIATEST', token: 'token' })).toBe('ExpiredTokenException');
  expect(await refused({ accessKeyId: 'ASIATEST', token: 'another' })).toBe('UnrecognizedClientException');
  expect(await refused({ accessKeyId: 'ASIANOBODY' })).toBe('UnrecognizedClientException');
});

test('faults refuse by key, in KMS’s words, however the key was called', async () => {
  const { body } = await encrypt();
  const other = createKey(account);
  faults.add(parseFault({ kind: 'aws', operation: 'kms:*', error: 'denied', resource: 'alias/state' }));
  for (const [operation, answer] of [
    ['kms:Encrypt', await encrypt({}, key.arn)],
    ['kms:Decrypt', await decrypt(body.CiphertextBlob)],
  ] as const)
    expect(answer).toEqual({
      status: 400,
      body: {
        __type: 'AccessDeniedException',
        message: `User: arn:aws:iam::111122223333:user/sandbox is not authorized to perform: ${operation} on resource: ${key.arn} because no identity-based policy allows the ${operation} action`,
      },
    });
  expect((await encrypt({}, other.id)).status).toBe(200);
});

test('calls that aren’t simulated are refused', async () => {
  expect((await kmsOf(api.endpointUrl)('ReEncrypt', {})).body.__type).toBe('UnknownOperationException');
});

test('an environment’s state has a versioned bucket and a key of its own', async () => {
  const { url, secretsProvider } = makeBackend(account, 'demo');
  expect(url).toBe('s3://demo-pulumi-state/kubezero?region=eu-central-1');
  expect(account.buckets.get('demo-pulumi-state')?.versioned).toBe(true);
  const alias = /^awskms:\/\/(alias\/[^?]+)\?region=eu-central-1$/.exec(secretsProvider)?.[1];
  expect((await encrypt({}, alias)).status).toBe(200);
});
