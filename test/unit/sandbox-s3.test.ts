import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Account } from '../../sandbox/aws/account.ts';
import { createBucket } from '../../sandbox/aws/buckets.ts';
import { crc32 } from '../../sandbox/aws/query/crc32.ts';
import { serveQueryApi } from '../../sandbox/aws/query/server.ts';
import { refusalOf } from '../../sandbox/aws/refusals.ts';
import { FaultStore, parseFault } from '../../sandbox/faults.ts';

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
  slow: (way, operation, resource, bytes) => faults.awsWait(way, operation, resource, bytes),
});
createBucket(account, 'state').versioned = true;
let api: Awaited<ReturnType<typeof serveQueryApi>>;
let s3: S3Client;
const clients: S3Client[] = [];

function client(more: S3ClientConfig = {}): S3Client {
  const keys = { accessKeyId: 'test', secretAccessKey: 'test' };
  const made = new S3Client({
    endpoint: api.endpointUrl,
    region: 'eu-central-1',
    credentials: keys,
    maxAttempts: 1,
    ...more,
  });
  clients.push(made);
  return made;
}

beforeAll(async () => {
  api = await serveQueryApi(account, '127.0.0.1');
  s3 = client({ forcePathStyle: true });
});
afterEach(() => void faults.clear());
afterAll(async () => {
  for (const one of clients) one.destroy();
  account.stop();
  await api.stop();
});

const Bucket = 'state';
const fault = (input: Record<string, unknown>) => faults.add(parseFault(input));

describe('a bucket', () => {
  test('is reached at the endpoint of its region only, which a refusal names', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: '' }));
    const elsewhere = client({ region: 'us-east-1', forcePathStyle: true });
    const refused = await elsewhere.send(new ListObjectsV2Command({ Bucket })).catch((error) => error);
    expect(refused).toMatchObject({ name: 'PermanentRedirect', $metadata: { httpStatusCode: 301 } });
    expect(refused.$response.headers['x-amz-bucket-region']).toBe('eu-central-1');
    await expect(elsewhere.send(new HeadObjectCommand({ Bucket, Key: 'there' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    const { LocationConstraint } = await elsewhere.send(new GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBe('eu-central-1');
  });

  test('is made where the request goes to, and nowhere else', async () => {
    const create = (LocationConstraint: 'eu-west-1' | 'eu-central-1') =>
      s3.send(new CreateBucketCommand({ Bucket: 'made', CreateBucketConfiguration: { LocationConstraint } }));
    await expect(create('eu-west-1')).rejects.toMatchObject({ name: 'IllegalLocationConstraintException' });
    await create('eu-central-1');
  });

  test('that may not be listed doesn’t tell what isn’t in it', async () => {
    const look = () => s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }));
    await expect(look()).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    fault({ kind: 'aws', operation: 's3:ListObjectsV2', error: 'denied' });
    await expect(look()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('keeps the versions of the last few writes', async () => {
    for (let write = 0; write < 20; write++)
      await s3.send(new PutObjectCommand({ Bucket, Key: 'often', Body: String(write) }));
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'often' }));
    expect(Versions).toHaveLength(6);
    const oldest = await s3.send(new GetObjectCommand({ Bucket, Key: 'often', VersionId: Versions.at(-1)?.VersionId }));
    expect(await oldest.Body?.transformToString()).toBe('14');
  });

  test('has no copy of an object onto itself that changes nothing', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'same', Body: 'text' }));
    const copy = new CopyObjectCommand({ Bucket, Key: 'same', CopySource: `${Bucket}/same` });
    await expect(s3.send(copy)).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('is closed to a role’s keys once they have expired', async () => {
    const token = 'token';
    const session = { arn: 'arn', userId: 'id', token, expires: new Date(Date.now() + 60_000) };
    account.sessions.set('ASIATEST', session);
    const as = (sessionToken: string) => {
      const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'test', sessionToken };
      return client({ credentials, forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket }));
    };
    await as(token);
    await expect(as('another')).rejects.toMatchObject({ name: 'InvalidToken' });
    session.expires = new Date(Date.now() - 1);
    await expect(as(token)).rejects.toMatchObject({ name: 'ExpiredToken', $metadata: { httpStatusCode: 400 } });
  });
});

describe('a stream in chunks', () => {
  const content = 'the state of a stack';
  const checksum = crc32(Buffer.from(content)).toString('base64');
  const whole = `6;ignored=1\r\nthe st\r\ne\r\nate of a stack\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
  const send = async (body: string) => {
    const response = await fetch(`${api.endpointUrl}/state/streamed`, {
      method: 'PUT',
      body,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': String(content.length),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  test('is put together, and the checksum at its end told', async () => {
    const { status, headers } = await send(whole);
    expect([status, headers.get('x-amz-checksum-crc32')]).toEqual([200, checksum]);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe(content);
    expect(got.ChecksumCRC32).toBe(checksum);
  });

  test.each([
    ['cut off in the middle', 'IncompleteBody', whole.slice(0, 20)],
    ['cut off between chunks', 'IncompleteBody', whole.slice(0, 21)],
    ['changed on the way', 'BadDigest', whole.replace('the st', 'The st')],
  ])('that is %s is refused as %s, and what was there stays', async (_how, code, body) => {
    await send(whole);
    const { status, text } = await send(body);
    expect(status).toBe(400);
    expect(text).toContain(`<Code>${code}</Code>`);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
    expect(await got.Body?.transformToString()).toBe(content);
  });
});

describe('a bucket that is far away', () => {
  const put = (Key: string, size = 0) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size) }));
  const milliseconds = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };

  test('lets each call wait, those at the same time together', async () => {
    fault({ kind: 'slow-aws', operation: 's3:*', resource: 'state/far', delay: 200 });
    const together = await milliseconds(() => Promise.all([put('far/a'), put('far/b'), put('far/c')]));
    expect(together).toBeGreaterThanOrEqual(195);
    expect(together).toBeLessThan(390);
    expect(await milliseconds(() => put('near'))).toBeLessThan(150);
  });

  test('takes what is sent and got one after the other, as fast as the line is', async () => {
    fault({ kind: 'slow-aws', operation: 's3:*', bandwidth: 40 });
    // 1 MB at 40 Mbit/s takes 200 ms.
    const sent = await milliseconds(() => Promise.all([put('large/a', 1_000_000), put('large/b', 1_000_000)]));
    expect(sent).toBeGreaterThanOrEqual(395);
    const get = async () =>
      (await s3.send(new GetObjectCommand({ Bucket, Key: 'large/a' }))).Body?.transformToByteArray();
    expect(await milliseconds(get)).toBeGreaterThanOrEqual(195);
  });

  test.each([
    [{ kind: 'slow-aws', delay: 1 }, 'a slow-aws fault needs `operation`'],
    [{ kind: 'slow-aws', operation: 's3:*' }, 'a slow-aws fault needs `delay` or `bandwidth`'],
    [{ kind: 'slow-aws', operation: 's3:*', delay: -1 }, '`delay` of a slow-aws fault is "-1"'],
  ])('is refused where it isn’t whole: %j', (input, message) => {
    expect(() => parseFault(input)).toThrow(message);
  });
});
