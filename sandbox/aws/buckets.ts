import { createHash } from 'node:crypto';
import type { Account, Bucket, StoredObject } from './account.ts';
import { AwsError } from './errors.ts';

export function createBucket(account: Account, name: string): Bucket {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  if (account.buckets.has(name))
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  const bucket: Bucket = { name, createdAt: new Date(), objects: new Map() };
  account.buckets.set(name, bucket);
  return bucket;
}

export function getBucket(account: Account, name: string): Bucket {
  const bucket = account.buckets.get(name);
  if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  return bucket;
}

export function deleteBucket(account: Account, name: string, force = false): void {
  const bucket = getBucket(account, name);
  if (bucket.objects.size > 0 && !force)
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
  account.buckets.delete(name);
}

export function putObject(
  bucket: Bucket,
  key: string,
  body: Buffer,
  about: { contentType?: string; metadata?: Record<string, string> } = {},
): StoredObject {
  const object: StoredObject = {
    body,
    lastModified: new Date(),
    etag: createHash('md5').update(body).digest('hex'),
    contentType: about.contentType ?? 'binary/octet-stream',
    metadata: about.metadata ?? {},
  };
  bucket.objects.set(key, object);
  return object;
}

export function getObject(bucket: Bucket, key: string): StoredObject {
  const object = bucket.objects.get(key);
  if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  return object;
}
