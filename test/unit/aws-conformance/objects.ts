import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { Behaviour } from './behaviour.ts';

/** Buckets and what is in them. */
export function objectBehaviours(behaviour: Behaviour): void {
  behaviour('finds the newest backup, and what is wrong with it', async ({ aws, world }) => {
    const bucket = await world.bucket();
    const folder = 'k8s/demo/clusterBackup';
    const time = '2026-11-30T08:00:00Z';
    const put = (key: string, Body: string) => world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    expect(await aws.latestBackup(bucket, folder)).toBeUndefined();
    const objects = [
      { key: `${folder}/${time}/etcd.db`, size: 4 },
      { key: `${folder}/${time}/node.yaml`, size: 2 },
    ];
    const manifest = { format: 1, time, cluster: 'demo', etcd: { revision: 7 }, objects };
    await put(`${folder}/latest.json`, JSON.stringify(manifest));
    await put(`${folder}/${time}/etcd.db`, 'etc');
    const where = `s3://${bucket}/${folder}/${time}`;
    expect(await aws.latestBackup(bucket, folder)).toEqual({
      time: new Date(time),
      cluster: 'demo',
      revision: 7,
      problems: [`${where}/etcd.db has 3 bytes, not 4`, `${where}/node.yaml is missing`],
    });
    await put(`${folder}/${time}/etcd.db`, 'etcd');
    await put(`${folder}/${time}/node.yaml`, 'no');
    expect(await aws.latestBackup(bucket, folder)).toMatchObject({ problems: [] });
    for (const text of ['{', '{"format":2}']) {
      await put(`${folder}/latest.json`, text);
      const { problems = [] } = (await aws.latestBackup(bucket, folder)) ?? {};
      expect(problems).toEqual([expect.stringContaining('latest.json is no manifest of a backup')]);
    }
  });

  behaviour('says what to do about a bucket that is not there', async ({ aws }) => {
    await expect(aws.latestBackup('no-such-bucket-anywhere', 'k8s/demo')).rejects.toMatchObject({
      name: 'UserError',
      where: 's3://no-such-bucket-anywhere',
    });
  });

  behaviour('tells an object that is not there from a bucket that is not there', async ({ world }) => {
    const bucket = await world.bucket();
    const get = new GetObjectCommand({ Bucket: bucket, Key: 'k8s/demo/pki/ca.crt' });
    await expect(world.s3.send(get)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  behaviour('answers a look at an object that is not there with nothing but 404', async ({ world }) => {
    const head = new HeadObjectCommand({ Bucket: await world.bucket(), Key: 'k8s/demo/pki/shared-keys' });
    await expect(world.s3.send(head)).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
  });

  behaviour('stores an object only where there is none, if told so', async ({ world }) => {
    const object = { Bucket: await world.bucket(), Key: 'k8s/demo/pki/shared-keys' };
    await world.s3.send(new PutObjectCommand({ ...object, Body: 'first', IfNoneMatch: '*' }));
    await expect(
      world.s3.send(new PutObjectCommand({ ...object, Body: 'second', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    const { Body } = await world.s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe('first');
  });

  behaviour(
    'copies an object with what is said about it, and refuses to copy one that isn’t there',
    async ({ world }) => {
      const Bucket = await world.bucket();
      await world.s3.send(new PutObjectCommand({ Bucket, Key: 'from a+b', Body: 'text', Metadata: { by: 'me' } }));
      const copy = (key: string) =>
        world.s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/${encodeURIComponent(key)}` }));
      const { CopyObjectResult } = await copy('from a+b');
      const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'to' }));
      expect(await got.Body?.transformToString()).toBe('text');
      expect(got.Metadata).toEqual({ by: 'me' });
      expect(CopyObjectResult?.ETag).toBe(got.ETag);
      await expect(copy('none')).rejects.toMatchObject({ name: 'NoSuchKey' });
    },
  );

  behaviour('replaces an object only where it is the one that was seen', async ({ world }) => {
    const object = { Bucket: await world.bucket(), Key: 'k8s/demo/etcd/founded' };
    const { ETag } = await world.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    await world.s3.send(new PutObjectCommand({ ...object, Body: 'second', IfMatch: ETag }));
    await expect(
      world.s3.send(new PutObjectCommand({ ...object, Body: 'third', IfMatch: ETag })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  behaviour('sends a range of an object, and takes one in parts', async ({ world }) => {
    const object = { Bucket: await world.bucket(), Key: 'k8s/demo/clusterBackup/1.db' };
    const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(object));
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')];
    const Parts = await Promise.all(
      bodies.map(async (Body, index) => {
        const part = { ...object, UploadId, PartNumber: index + 1 };
        const { ETag } = await world.s3.send(new UploadPartCommand({ ...part, Body }));
        return { ETag, PartNumber: index + 1 };
      }),
    );
    const { ETag } = await world.s3.send(
      new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }),
    );
    expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const last = await world.s3.send(new GetObjectCommand({ ...object, Range: 'bytes=-7' }));
    expect(await last.Body?.transformToString()).toBe('the end');
    expect(last).toMatchObject({ ContentLength: 7, ContentRange: 'bytes 5242880-5242886/5242887' });
  });

  behaviour('lists keys so that they can be read whatever is in them', async ({ world }) => {
    const bucket = await world.bucket();
    const key = 'k8s/demo/a key & <more>+é';
    await world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '' }));
    const list = { Bucket: bucket, Prefix: 'k8s/demo/' };
    const plain = await world.s3.send(new ListObjectsV2Command(list));
    expect(plain.Contents?.map(({ Key }) => Key)).toEqual([key]);
    const encoded = await world.s3.send(new ListObjectsV2Command({ ...list, EncodingType: 'url' }));
    expect(encoded.EncodingType).toBe('url');
    expect(encoded.Contents?.map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' ')))).toEqual([key]);
  });
}
