import { describe, expect, it } from 'vitest';
import { backendProblem } from '../../../automation/engine/backend-errors.ts';

/*
 * What Pulumi's CLI 3.274 printed, shortened by ids, when its backend or its key failed; test/engine/backend.test.ts has the
 * real one say some of it.
 */
const reading =
  'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, ';
const key =
  'error: getting stack configuration: get stack secrets manager: secrets (code=Unknown): operation error KMS: Decrypt, https response error StatusCode: 400, ';
const arn = 'arn:aws:kms:eu-central-1:111122223333:key/05d06e15';

describe('a backend that can’t be used', () => {
  it.each([
    [
      'error: error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response error StatusCode: 404, NoSuchBucket: The specified bucket does not exist',
      /bucket that keeps the states isn’t there/,
      /PULUMI_BACKEND_URL/,
    ],
    [
      `${reading}https response error StatusCode: 403, api error AccessDenied: Access Denied`,
      /may not read/,
      /s3:GetObject/,
    ],
    [
      `${reading}https response error StatusCode: 301, api error PermanentRedirect: The bucket`,
      /another region/,
      /\?region=/,
    ],
    [
      `${reading}resolve endpoint: endpoint rule error, Invalid region: region was not a valid DNS name.`,
      /isn’t known/,
      /AWS_REGION/,
    ],
    [
      'error: 2 errors occurred:\n    1) operation error S3: PutObject, https response error StatusCode: 403, api error AccessDenied: Access Denied\n    2) PermissionDenied',
      /not write to it/,
      /s3:PutObject/,
    ],
    [
      `${reading}exceeded maximum number of attempts, 3, api error SlowDown: Please reduce`,
      /took no more requests/,
      /again once it does/,
    ],
    [
      `${reading}https response error StatusCode: 400, api error ExpiredToken: The provided token has expired.`,
      /have expired/,
      /log in again/,
    ],
    [`${reading}get identity: get credentials: failed to refresh cached credentials`, /no AWS credentials/, /log in/],
    [`${key}DisabledException: ${arn} is disabled.`, /is disabled/, /enable-key/],
    [`${key}KMSInvalidStateException: ${arn} is pending deletion.`, /about to be deleted/, /cancel-key-deletion/],
    [
      `${key}api error AccessDeniedException: The ciphertext refers to a customer master key that does not exist`,
      /isn’t there/,
      /secretsProvider/,
    ],
    [
      `${key}api error AccessDeniedException: User: arn is not authorized to perform: kms:Decrypt`,
      /may not use the KMS key/,
      /kms:Decrypt/,
    ],
    [`${key}api error ThrottlingException: You have exceeded the rate`, /no more requests/, /in a minute/],
  ])('says what is wrong with it, and what to do: %.80s', (text, message, fix) => {
    const problem = backendProblem(text);
    expect(problem?.message).toMatch(message);
    expect(problem?.fix).toMatch(fix);
    expect(problem?.state).toBe('nothing was touched');
  });

  it('in the middle of an update: what the state lacks, and how to go on', () => {
    const unsaved =
      'error: writing snapshot: failed to save snapshot: An IO error occurred while writing the new snapshot file: blob (key ".pulumi/stacks/kubezero/demo.json") (code=Unknown): operation error S3: PutObject, api error InternalError: We';
    expect(backendProblem(unsaved)).toMatchObject({
      state: expect.stringContaining('not in the state'),
      fix: expect.stringContaining('goes on from what is there'),
    });
    const locked = `error: there was a problem deleting the lock at s3://states/.pulumi/locks/a.json, manual clean up may be required: operation error S3: HeadObject, api error InternalServerError\n${unsaved}`;
    expect(backendProblem(locked)?.fix).toContain('`pulumi cancel`');
  });

  it('after an update: that all of it is done', () => {
    const text =
      'error: saving update info: blob (key ".pulumi/history/kubezero/demo.json") (code=Unknown): operation error S3: PutObject, api error SlowDown: Please';
    expect(backendProblem(text)?.state).toContain('is done and its state is saved');
  });

  it('is not what a resource in S3 or KMS fails with', () => {
    expect(
      backendProblem(
        'error: creating S3 Bucket (demo-backup): operation error S3: CreateBucket, api error AccessDenied',
      ),
    ).toBeUndefined();
    expect(backendProblem('error: operation error KMS: CreateKey, api error AccessDeniedException')).toBeUndefined();
    expect(backendProblem('error: incorrect passphrase')).toBeUndefined();
  });
});
