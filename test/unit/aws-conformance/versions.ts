import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { World } from '../aws-world.ts';
import type { Behaviour } from './behaviour.ts';

/** A bucket as the state of stacks is kept in: with its versions, and checksums that are checked. */
export function versionBehaviours(behaviour: Behaviour): void {
  behaviour('keeps what an object was in a versioned bucket', async ({ world: { s3, bucket } }) => {
    const Bucket = await versioned({ s3, bucket });
    const object = { Bucket, Key: 'state.json' };
    const first = await s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    const second = await s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
    expect(second.VersionId).not.toBe(first.VersionId);
    const text = async (VersionId?: string) =>
      (await s3.send(new GetObjectCommand({ ...object, VersionId }))).Body?.transformToString();
    expect(await text()).toBe('second');
    expect(await text(first.VersionId)).toBe('first');
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'state' }));
    expect(Versions.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [second.VersionId, true],
      [first.VersionId, false],
    ]);
    const CopySource = `${Bucket}/state.json?versionId=${first.VersionId}`;
    await s3.send(new CopyObjectCommand({ ...object, CopySource }));
    expect(await text()).toBe('first');
  });

  behaviour('marks an object of a versioned bucket as deleted, and can take the mark off', async ({ world }) => {
    const { s3 } = world;
    const Bucket = await versioned(world);
    const object = { Bucket, Key: 'state.json' };
    await s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    const { VersionId, DeleteMarker } = await s3.send(new DeleteObjectCommand(object));
    expect(DeleteMarker).toBe(true);
    await expect(s3.send(new GetObjectCommand(object))).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect((await s3.send(new ListObjectVersionsCommand({ Bucket }))).DeleteMarkers).toMatchObject([{ VersionId }]);
    await s3.send(new DeleteObjectCommand({ ...object, VersionId }));
    expect(await (await s3.send(new GetObjectCommand(object))).Body?.transformToString()).toBe('first');
  });

  behaviour('has no versions in a bucket that isn’t versioned', async ({ world: { s3, bucket } }) => {
    const object = { Bucket: await bucket(), Key: 'state.json' };
    expect((await s3.send(new PutObjectCommand({ ...object, Body: 'first' }))).VersionId).toBeUndefined();
    expect((await s3.send(new GetBucketVersioningCommand(object))).Status).toBeUndefined();
    await expect(s3.send(new GetObjectCommand({ ...object, VersionId: 'x'.repeat(32) }))).rejects.toThrow();
  });

  behaviour('gives a content back with the checksum that it came with', async ({ world: { s3, bucket } }) => {
    const object = { Bucket: await bucket(), Key: 'state.json' };
    const { ChecksumCRC32 } = await s3.send(new PutObjectCommand({ ...object, Body: '123456789' }));
    // The check value of this CRC.
    expect(ChecksumCRC32).toBe(Buffer.from('cbf43926', 'hex').toString('base64'));
    const got = await s3.send(new GetObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
    expect(got.ChecksumCRC32).toBe(ChecksumCRC32);
  });

  behaviour('refuses a content that isn’t what its checksum says', async ({ world: { s3, bucket } }) => {
    const object = { Bucket: await bucket(), Key: 'state.json' };
    const ChecksumSHA256 = createHash('sha256').update('another').digest('base64');
    await expect(s3.send(new PutObjectCommand({ ...object, Body: 'one', ChecksumSHA256 }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    await expect(s3.send(new GetObjectCommand(object))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  behaviour('makes the checksum of parts of theirs', async ({ world: { s3, bucket } }) => {
    const object = { Bucket: await bucket(), Key: 'state.json' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }));
    const Parts = [];
    for (const [index, Body] of [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')].entries()) {
      const part = { ...object, UploadId, PartNumber: index + 1, ChecksumAlgorithm: 'CRC32' } as const;
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...part, Body }));
      Parts.push({ ETag, ChecksumCRC32, PartNumber: index + 1 });
    }
    const upload = { ...object, UploadId, MultipartUpload: { Parts } };
    await s3.send(new CompleteMultipartUploadCommand(upload));
    const got = await s3.send(new GetObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
    expect(got.ChecksumCRC32).toMatch(/^[\w+/=]+-2$/);
    expect(got.ContentLength).toBe(5 * 1024 * 1024 + 7);
  });
}

async function versioned({ s3, bucket }: Pick<World, 's3' | 'bucket'>): Promise<string> {
  const Bucket = await bucket();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
  return Bucket;
}
