import type { IncomingMessage } from 'node:http';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Caller } from '../identities.ts';
import type { Answer, Call } from './call.ts';
import * as buckets from './s3-buckets.ts';
import { listObjects, listVersions } from './s3-listing.ts';
import * as objects from './s3-objects.ts';
import { notImplemented, type S3Request } from './s3-requests.ts';
import { abortUpload, beginUpload, completeUpload, putPart } from './s3-uploads.ts';

/** Name for faults, what answers it, and the query parameters it knows. */
type Operation = [name: string, answer: (request: S3Request) => Answer, parameters?: string[]];

const listing = ['max-keys', 'continuation-token', 'start-after', 'encoding-type', 'fetch-owner'];
const part = ['uploadId', 'partNumber'];

/** By method and what it is about: a path's depth and, where it decides what is meant, a query parameter. */
const operations: Record<string, Operation> = {
  'GET account': ['ListBuckets', buckets.listBuckets],
  'PUT bucket': ['CreateBucket', buckets.create],
  'HEAD bucket': ['HeadBucket', buckets.look],
  'DELETE bucket': ['DeleteBucket', buckets.remove],
  'GET bucket?location': ['GetBucketLocation', buckets.location],
  'GET bucket?versioning': ['GetBucketVersioning', buckets.versioning],
  'PUT bucket?versioning': ['PutBucketVersioning', buckets.setVersioning],
  'GET bucket?list-type': ['ListObjectsV2', listObjects, ['prefix', 'delimiter', ...listing]],
  'GET bucket?versions': ['ListObjectVersions', listVersions, ['prefix', 'encoding-type']],
  'POST bucket?delete': ['DeleteObjects', objects.removeMany],
  'PUT object': ['PutObject', objects.put],
  'GET object': ['GetObject', objects.get, ['versionId']],
  'HEAD object': ['HeadObject', objects.get, ['versionId']],
  'DELETE object': ['DeleteObject', objects.remove, ['versionId']],
  // Whoever may put an object may put it in parts.
  'POST object?uploads': ['PutObject', beginUpload],
  'PUT object?uploadId': ['PutObject', putPart, part],
  'POST object?uploadId': ['PutObject', completeUpload, part],
  'DELETE object?uploadId': ['PutObject', abortUpload, part],
};

const deciding = ['location', 'versioning', 'list-type', 'versions', 'delete', 'uploads', 'uploadId'];

/** A call to S3's REST API, the bucket in the path. @throws AwsError where it isn't simulated */
export function s3Call(account: Account, incoming: IncomingMessage, body: Buffer, caller: Caller): Call {
  const url = new URL(incoming.url ?? '/', 'http://s3');
  const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const { method = '', headers } = incoming;
  const key = rest.join('/');
  const query = url.searchParams;
  const about = key ? 'object' : bucket ? 'bucket' : 'account';
  const which = deciding.find((name) => query.has(name));
  const [name, answer, parameters = []] = operations[`${method} ${about}${which ? `?${which}` : ''}`] ?? [];
  if (!name || !answer) throw notImplemented();
  onlyParameters(query, [...parameters, which ?? '']);
  const region = /\bCredential=[^/]+\/\d+\/([^/]+)\/s3\//.exec(headers.authorization ?? '')?.[1];
  const request: S3Request = { account, method, bucket, key, headers, query, body, region };
  return {
    operation: `s3:${name}`,
    resource: `${bucket}/${key || (query.get('prefix') ?? '')}`,
    answer: () => {
      checkSession(account, caller);
      if (name !== 'GetBucketLocation') checkRegion(request);
      return answer(request);
    },
  };
}

/**
 * Refuses a request that has other query parameters: `?acl`, `?policy` and their like are calls of their own, and an
 * answer to another one would be taken for theirs. `x-id` is what SDKs add for their logs.
 */
function onlyParameters(query: URLSearchParams, known: string[]): void {
  for (const name of query.keys()) if (name !== 'x-id' && !known.includes(name)) throw notImplemented();
}

/** Whoever took on a role may act in it until it ends. Other keys are anybody's. */
function checkSession({ sessions }: Account, { accessKeyId = '', sessionToken }: Caller): void {
  const session = sessions.get(accessKeyId);
  if (!session) return;
  if (session.token !== sessionToken)
    throw new AwsError('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  if (session.expires && session.expires.getTime() <= Date.now())
    throw new AwsError('ExpiredToken', 'The provided token has expired.');
}

/** A bucket is reached at the endpoint of its own region only. */
function checkRegion({ account, bucket: name, region }: S3Request): void {
  const bucket = account.buckets.get(name);
  if (!bucket || region === undefined || region === bucket.region) return;
  throw new AwsError(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    301,
    {
      fields: { Endpoint: `${name}.s3.${bucket.region}.amazonaws.com`, Bucket: name },
      headers: { 'x-amz-bucket-region': bucket.region },
    },
  );
}
