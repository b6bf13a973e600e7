import { createHash, randomBytes } from 'node:crypto';
import type { Account } from './account.ts';
import { AwsError } from './errors.ts';
import type { Bucket, DeleteMarker, StoredObject } from './storage.ts';

/**
 * Versions of an object that a versioned bucket keeps besides the present one. A rule of its lifecycle does the same in AWS, within
 * days; the account is in memory, and a state may have megabytes and be written a thousand times an hour.
 */
const keptVersions = 5;

export function createBucket(account: Account, name: string, region = account.region): Bucket {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  if (account.buckets.has(name))
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  const bucket = { name, region, createdAt: new Date(), versioned: false, objects: new Map(), older: new Map() };
  account.buckets.set(name, bucket);
  return bucket;
}

export function getBucket(account: Account, name: string): Bucket {
  const bucket = account.buckets.get(name);
  if (!bucket)
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { fields: { BucketName: name } });
  return bucket;
}

export function deleteBucket(account: Account, name: string, force = false): void {
  const { objects, older } = getBucket(account, name);
  if (objects.size + older.size > 0 && !force)
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
  account.buckets.delete(name);
}

/** What a request says of an object besides its content. */
export type AboutObject = Partial<Pick<StoredObject, 'contentType' | 'metadata' | 'checksum'>>;

export function putObject(bucket: Bucket, key: string, body: Buffer, about: AboutObject = {}): StoredObject {
  const object: StoredObject = {
    body,
    lastModified: new Date(),
    etag: createHash('md5').update(body).digest('hex'),
    contentType: about.contentType ?? 'binary/octet-stream',
    metadata: about.metadata ?? {},
    checksum: about.checksum,
    ...(bucket.versioned ? { versionId: newVersionId() } : {}),
  };
  keepPresent(bucket, key);
  bucket.objects.set(key, object);
  return object;
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { fields: { Key: key } });
}

/** @param versionId  absent: the present version */
export function getObject(bucket: Bucket, key: string, versionId?: string): StoredObject {
  const present = bucket.objects.get(key);
  const found = versionId === undefined ? present : versionsOf(bucket, key).find((one) => idOf(one) === versionId);
  if (found && 'deleted' in found)
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  if (found) return found;
  if (versionId !== undefined)
    throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, {
      fields: { Key: key, VersionId: versionId },
    });
  throw noSuchKey(key);
}

/**
 * Deletes an object, or one version of it for good. In a versioned bucket the former leaves a mark that it was deleted, whether it
 * was there or not.
 * @returns that mark, or the mark that was deleted itself.
 */
export function deleteObject(bucket: Bucket, key: string, versionId?: string): DeleteMarker | undefined {
  if (versionId !== undefined) return deleteVersion(bucket, key, versionId);
  if (!bucket.versioned) {
    bucket.objects.delete(key);
    return undefined;
  }
  keepPresent(bucket, key);
  bucket.objects.delete(key);
  const marker: DeleteMarker = { deleted: true, lastModified: new Date(), versionId: newVersionId() };
  bucket.older.set(key, [marker, ...(bucket.older.get(key) ?? [])]);
  return marker;
}

/** Whatever stood at a key, the newest first: the first is what stands there, or the mark that it was deleted. */
export function versionsOf({ objects, older }: Bucket, key: string): (StoredObject | DeleteMarker)[] {
  const present = objects.get(key);
  return [...(present ? [present] : []), ...(older.get(key) ?? [])];
}

/** Objects from before a bucket was versioned have the id `null`. */
export function idOf({ versionId = 'null' }: StoredObject | DeleteMarker): string {
  return versionId;
}

function keepPresent(bucket: Bucket, key: string): void {
  const present = bucket.objects.get(key);
  if (!bucket.versioned || !present) return;
  bucket.older.set(key, [present, ...(bucket.older.get(key) ?? [])].slice(0, keptVersions));
}

function deleteVersion(bucket: Bucket, key: string, versionId: string): DeleteMarker | undefined {
  const versions = versionsOf(bucket, key);
  const gone = versions.find((one) => idOf(one) === versionId);
  const [next, ...older] = versions.filter((one) => one !== gone);
  if (next && !('deleted' in next)) bucket.objects.set(key, next);
  else {
    bucket.objects.delete(key);
    if (next) older.unshift(next);
  }
  if (older.length > 0) bucket.older.set(key, older);
  else bucket.older.delete(key);
  return gone && 'deleted' in gone ? gone : undefined;
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url');
}
