import { noSuchKey } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import type { Bucket, StoredObject } from '../storage.ts';
import { notImplemented, type S3Request } from './s3-requests.ts';

/** Conditional writes: only where there is nothing yet, or what is there is what the caller has seen. */
export function checkBeforePut(bucket: Bucket, { key, headers }: S3Request): void {
  const present = bucket.objects.get(key);
  const unless = headers['if-none-match'];
  // S3 knows no other value on a write.
  if (unless !== undefined && unless !== '*') throw notImplemented();
  if (unless === '*' && present) throw preconditionFailed('If-None-Match');
  const wanted = headers['if-match'];
  if (wanted === undefined) return;
  if (!present) throw noSuchKey(key);
  if (!names(wanted, present)) throw preconditionFailed('If-Match');
}

/** @returns whether the object is to be sent; otherwise the caller has it already. */
export function checkBeforeGet(object: StoredObject, { headers }: S3Request): boolean {
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && !names(wanted, object)) throw preconditionFailed('If-Match');
  const unless = headers['if-none-match'];
  return unless === undefined || (unless !== '*' && !names(unless, object));
}

const names = (tags: string, { etag }: StoredObject) =>
  tags.split(',').some((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '') === etag);

function preconditionFailed(condition: string): AwsError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new AwsError('PreconditionFailed', message, 412, { fields: { Condition: condition } });
}
