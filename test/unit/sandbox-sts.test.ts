import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { policy, trustedBy } from '../../infra/policy.ts';
import { Account } from '../../sandbox/aws/account.ts';
import { getBucket, putObject } from '../../sandbox/aws/buckets.ts';
import { instanceKeys } from '../../sandbox/aws/identities.ts';
import { launchInstance } from '../../sandbox/aws/instances.ts';
import { createSubnet, createVpc } from '../../sandbox/aws/network.ts';
import { createResource } from '../../sandbox/aws/provider/lifecycle.ts';
import type { Properties } from '../../sandbox/aws/provider/values.ts';
import { serveQueryApi } from '../../sandbox/aws/query/server.ts';

const bucket = 'demo-oidc-111122223333';
const host = `s3.eu-central-1.amazonaws.com/${bucket}/k8s/demo`;
const issuer = `https://${host}`;
const discovery = 'k8s/demo/.well-known/openid-configuration';
const jwks = 'k8s/demo/openid/v1/jwks';
const subject = 'system:serviceaccount:kube-system:backup';
const roleArn = 'arn:aws:iam::111122223333:role/demo-backup';
const provider = `arn:aws:iam::111122223333:oidc-provider/${host}`;
const unverifiable = {
  name: 'InvalidIdentityTokenException',
  message: expect.stringContaining("Couldn't retrieve verification key from your identity provider"),
  $metadata: expect.objectContaining({ httpStatusCode: 400 }),
};
const unauthorized = {
  name: 'AccessDenied',
  message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  $metadata: expect.objectContaining({ httpStatusCode: 403 }),
};

const [keys, otherKeys] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
const now = () => Math.floor(Date.now() / 1000);
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const clean of cleanups.splice(0)) await clean();
});

/** A token as the API server makes them for a pod. */
function makeToken(claims: Properties = {}, header: Properties = {}, key = keys?.privateKey as KeyObject): string {
  const wanted = { iss: issuer, sub: subject, aud: ['sts.amazonaws.com'], iat: now(), nbf: now(), exp: now() + 3600 };
  const signed = [
    { alg: 'RS256', kid: 'one', ...header },
    { ...wanted, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

/** The account as a cluster's stack and its controllers leave it, and an SDK's client without credentials. */
async function createCluster() {
  const account = new Account({
    region: 'eu-central-1',
    host: { boot: async () => {}, terminate: async () => {} },
    images: [{ id: 'ami-1', name: 'node', ownerId: '1', creationDate: '2022-01-01' }],
    log: () => {},
  });
  const { endpointUrl, stop } = await serveQueryApi(account, '127.0.0.1');
  cleanups.push(stop, () => account.stop());
  const create = (type: string, inputs: Properties) => createResource(account, { type, name: 'demo' }, inputs);
  await create('aws:s3/bucket:Bucket', { bucket });
  await create('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', { bucket, restrictPublicBuckets: false });
  const documents = [discovery, jwks].map((key) => `arn:aws:s3:::${bucket}/${key}`);
  const opened = policy({ Principal: '*', Action: 's3:GetObject', Resource: documents });
  await create('aws:s3/bucketPolicy:BucketPolicy', { bucket, policy: opened });
  await create('aws:iam/openIdConnectProvider:OpenIdConnectProvider', {
    url: issuer,
    clientIdLists: ['sts.amazonaws.com'],
  });
  const trust = (test: string, about: Properties, effect: 'Allow' | 'Deny' = 'Allow') => ({
    Effect: effect,
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: provider },
    Condition: { [test]: Object.fromEntries(Object.entries(about).map(([key, value]) => [`${host}:${key}`, value])) },
  });
  const role = (name: string, assumeRolePolicy: string) => create('aws:iam/role:Role', { name, assumeRolePolicy });
  await role('demo-backup', policy(trust('StringEquals', { aud: 'sts.amazonaws.com', sub: [subject] })));
  const put = (key: string, content: unknown) =>
    putObject(getBucket(account, bucket), key, Buffer.from(JSON.stringify(content)));
  const document = {
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  put(discovery, document);
  put(jwks, { keys: [{ use: 'sig', alg: 'RS256', kid: 'one', ...keys?.publicKey.export({ format: 'jwk' }) }] });
  const client = (credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
    new STSClient({ region: 'eu-central-1', endpoint: endpointUrl, credentials, maxAttempts: 1 });
  return {
    account,
    create,
    trust,
    role,
    put,
    document,
    assume: (token: string, changes: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
      client().send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: 'botocore-session-1',
          WebIdentityToken: token,
          ...changes,
        }),
      ),
    whoAmI: (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
      client(credentials).send(new GetCallerIdentityCommand({})),
  };
}

describe('AssumeRoleWithWebIdentity', () => {
  test('gives a service account the role that trusts it', async () => {
    const { assume, whoAmI } = await createCluster();
    const answer = await assume(makeToken());
    expect(answer).toMatchObject({
      AssumedRoleUser: { Arn: 'arn:aws:sts::111122223333:assumed-role/demo-backup/botocore-session-1' },
      SubjectFromWebIdentityToken: subject,
      Provider: provider,
      Audience: 'sts.amazonaws.com',
    });
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = answer.Credentials ?? {};
    expect(AccessKeyId).toMatch(/^ASIA[0-9A-F]{16}$/);
    expect(Number(Expiration) - Date.now()).toBeGreaterThan(3590_000);
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect(await whoAmI(credentials)).toMatchObject({
      Account: '111122223333',
      Arn: answer.AssumedRoleUser?.Arn,
      UserId: answer.AssumedRoleUser?.AssumedRoleId,
    });
    await expect(whoAmI({ ...credentials, sessionToken: 'another' })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3601_000 });
    await expect(whoAmI(credentials)).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  test.each<[what: string, token: () => string, refusal: object]>([
    ['signed with another key', () => makeToken({}, {}, otherKeys?.privateKey), unverifiable],
    ['of a key that was not published', () => makeToken({}, { kid: 'two' }), unverifiable],
    ['without a key id', () => makeToken({}, { kid: undefined }), unverifiable],
    ['without a signature', () => makeToken({}, { alg: 'none' }).replace(/[^.]*$/, ''), unverifiable],
    [
      'of an issuer that the account does not know',
      () => makeToken({ iss: 'https://kubernetes.default.svc' }),
      {
        name: 'InvalidIdentityTokenException',
        message: 'No OpenIDConnect provider found in your account for https://kubernetes.default.svc',
      },
    ],
    ['of another service account', () => makeToken({ sub: 'system:serviceaccount:default:default' }), unauthorized],
    [
      'for another audience',
      () => makeToken({ aud: ['https://kubernetes.default.svc'] }),
      { name: 'InvalidIdentityTokenException', message: 'Incorrect token audience' },
    ],
    [
      'that has expired',
      () => makeToken({ exp: now() - 1 }),
      {
        name: 'ExpiredTokenException',
        message: expect.stringMatching(
          /^Token expired: current date\/time \d+ must be before the expiration date\/time\d+$/,
        ),
      },
    ],
    ['that is not valid yet', () => makeToken({ nbf: now() + 60 }), { name: 'InvalidIdentityTokenException' }],
    [
      'without a subject',
      () => makeToken({ sub: undefined }),
      { name: 'InvalidIdentityTokenException', message: 'Missing a required claim: sub' },
    ],
    [
      'that is none',
      () => 'token',
      {
        name: 'InvalidIdentityTokenException',
        message: expect.stringContaining('The ID Token provided is not a valid JWT'),
      },
    ],
  ])('refuses a token %s', async (_what, token, refusal) => {
    const { assume, account } = await createCluster();
    await expect(assume(token())).rejects.toMatchObject(refusal);
    expect(account.sessions.size).toBe(0);
  });

  test.each<[what: string, spoil: (cluster: Awaited<ReturnType<typeof createCluster>>) => unknown]>([
    ['the first document is missing', ({ account }) => getBucket(account, bucket).objects.delete(discovery)],
    ['the keys are missing', ({ account }) => getBucket(account, bucket).objects.delete(jwks)],
    ['the keys are no keys', ({ put }) => put(jwks, { keys: [{ kty: 'RSA', kid: 'one' }] })],
    ['the document is of another issuer', ({ put, document }) => put(discovery, { ...document, issuer: 'https://x' })],
    [
      'the keys are elsewhere',
      ({ put, document }) => put(discovery, { ...document, jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks' }),
    ],
    [
      'the document lacks what AWS demands',
      ({ put, document }) => put(discovery, { ...document, subject_types_supported: undefined }),
    ],
    [
      'the bucket is closed',
      ({ account }) => account.resources.delete('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock'),
    ],
    [
      'the policy of the bucket does not let everybody read the keys',
      ({ account }) => {
        const opened = policy({
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${bucket}/${discovery}`,
        });
        account.resources.get('aws:s3/bucketPolicy:BucketPolicy')?.set(bucket, { bucket, policy: opened });
      },
    ],
  ])("can't verify a token where %s", async (_what, spoil) => {
    const cluster = await createCluster();
    await spoil(cluster);
    await expect(cluster.assume(makeToken())).rejects.toMatchObject(unverifiable);
  });

  test('goes by the trust policy of the role', async () => {
    const { assume, role, trust } = await createCluster();
    const about = { aud: 'sts.amazonaws.com', sub: 'system:serviceaccount:kube-system:*' };
    const others = { sub: 'system:serviceaccount:default:*' };
    await role('alike', policy(trust('StringLike', about)));
    await role('literal', policy(trust('StringEquals', about)));
    await role('denied', policy(trust('StringLike', about), trust('StringNotLike', others, 'Deny')));
    await role('unknown-test', policy(trust('Fancy', about)));
    await role('machine', trustedBy('ec2'));
    await role('another', policy({ ...trust('StringLike', about), Principal: { Federated: `${provider}s` } }));
    const take = (name: string) => assume(makeToken(), { RoleArn: `arn:aws:iam::111122223333:role/${name}` });
    await expect(take('alike')).resolves.toMatchObject({ SubjectFromWebIdentityToken: subject });
    for (const name of ['literal', 'denied', 'unknown-test', 'machine', 'another', 'nowhere'])
      await expect(take(name), name).rejects.toMatchObject(unauthorized);
    const elsewhere = { RoleArn: roleArn.replace('111122223333', '444455556666') };
    await expect(assume(makeToken(), elsewhere)).rejects.toMatchObject(unauthorized);
  });

  test.each([
    { RoleSessionName: 'a b' },
    { RoleArn: 'demo-backup' },
    { RoleArn: undefined },
    { DurationSeconds: 60 },
    { DurationSeconds: 7200 },
  ])('refuses %o', async (changes) => {
    const { assume } = await createCluster();
    await expect(assume(makeToken(), changes)).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('GetCallerIdentity', () => {
  test("answers an instance its profile's role", async () => {
    const { account, create, role, whoAmI } = await createCluster();
    await role('demo-worker', trustedBy('ec2'));
    await create('aws:iam/instanceProfile:InstanceProfile', { name: 'demo-workers', role: 'demo-worker' });
    const { id } = await create('aws:ec2/launchTemplate:LaunchTemplate', {
      name: 'workers',
      imageId: 'ami-1',
      iamInstanceProfile: { arn: 'arn:aws:iam::111122223333:instance-profile/demo-workers' },
    });
    const vpc = createVpc(account, '10.0.0.0/16');
    const subnet = createSubnet(account, { vpcId: vpc.id, cidr: '10.0.1.0/24', zone: 'eu-central-1a' });
    const instance = launchInstance(account, { template: { id, version: 1 }, subnetId: subnet.id, tags: {} });
    const { token, ...keys } = instanceKeys(instance.id);
    expect(await whoAmI({ ...keys, sessionToken: token })).toMatchObject({
      Arn: `arn:aws:sts::111122223333:assumed-role/demo-worker/${instance.id}`,
    });
    await expect(whoAmI(keys)).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    const others = instanceKeys('i-0');
    await expect(whoAmI({ ...others, sessionToken: others.token })).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: expect.objectContaining({ httpStatusCode: 403 }),
    });
  });

  test('answers users whatever their keys', async () => {
    const { whoAmI } = await createCluster();
    expect(await whoAmI({ accessKeyId: 'sandbox', secretAccessKey: 'sandbox' })).toMatchObject({
      Arn: 'arn:aws:iam::111122223333:user/sandbox',
    });
  });
});
