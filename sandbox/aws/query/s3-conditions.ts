import type { IncomingMessage } from 'node:http';
import type { Bucket, StoredObject } from '../account.ts';
import { AwsError } from '../errors.ts';
import { notImplemented } from './s3-requests.ts';

/** Conditional writes: only where there is nothing yet, or what is there is what the caller has seen. */
export function checkBeforePut(bucket: Bucket, key: string, { headers }: IncomingMessage): void {
  const present = bucket.objects.get(key);
  const unless = headers['if-none-match'];
  // S3 knows no other value on a write.
  if (unless !== undefined && unless !== '*') throw notImplemented();
  if (unless === '*' && present) throw preconditionFailed();
  const wanted = headers['if-match'];
  if (wanted === undefined) return;
  if (!present) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  if (!names(wanted, present)) throw preconditionFailed();
}

/** @returns whether the object is to be sent; otherwise the caller has it already. */
export function checkBeforeGet(object: StoredObject, { headers }: IncomingMessage): boolean {
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && !names(wanted, object)) throw preconditionFailed();
  const unless = headers['if-none-match'];
  return unless === undefined || (unless !== '*' && !names(unless, object));
}

const names = (tags: string, { etag }: StoredObject) =>
  tags.split(',').some((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '') === etag);

function preconditionFailed(): AwsError {
  return new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
}
