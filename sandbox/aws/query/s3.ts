import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, StoredObject } from '../account.ts';
import { createBucket, deleteBucket, getBucket, getObject, putObject } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import { escapeXml, xml } from './protocol.ts';

const xmlns = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** The S3 REST calls, bucket in the path: buckets created, deleted, looked up; objects put, got, deleted, listed (version 2). */
export function answerS3(account: Account, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://s3');
  const [, bucketName = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (bucketName === '') listBuckets(account, response);
  else if (key === '') answerBucket(account, bucketName, request, body, url.searchParams, response);
  else answerObject(account, bucketName, key, request, body, response);
}

function listBuckets(account: Account, response: ServerResponse): void {
  const buckets = [...account.buckets.values()].map(
    ({ name, createdAt }) =>
      `<Bucket><Name>${name}</Name><CreationDate>${createdAt.toISOString()}</CreationDate></Bucket>`,
  );
  sendXml(
    response,
    `<ListAllMyBucketsResult xmlns="${xmlns}"><Owner><ID>${account.id}</ID></Owner><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

function answerBucket(
  account: Account,
  name: string,
  request: IncomingMessage,
  body: Buffer,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  switch (request.method) {
    case 'PUT':
      createBucket(account, name);
      response.writeHead(200, { location: `/${name}` }).end();
      return;
    case 'HEAD':
      getBucket(account, name);
      response.writeHead(200, { 'x-amz-bucket-region': account.region }).end();
      return;
    case 'DELETE':
      deleteBucket(account, name);
      response.writeHead(204).end();
      return;
    case 'POST':
      if (!query.has('delete')) throw notImplemented();
      deleteObjects(account, name, body, response);
      return;
    case 'GET':
      if (query.has('location'))
        sendXml(response, `<LocationConstraint xmlns="${xmlns}">${account.region}</LocationConstraint>`);
      else listObjects(account, name, query, response);
      return;
    default:
      throw notImplemented();
  }
}

function listObjects(account: Account, name: string, query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const keys = [...getBucket(account, name).objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const entries = new Map<string, StoredObject | undefined>();
  for (const key of keys) {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length);
    if (entry > after) entries.set(entry, end < 0 ? getBucket(account, name).objects.get(key) : undefined);
  }
  const page = [...entries].slice(0, limit);
  const truncated = entries.size > page.length;
  const encode = (key: string) => (query.get('encoding-type') === 'url' ? encodeURIComponent(key) : escapeXml(key));
  const contents = page.map(([key, object]) =>
    object
      ? `<Contents><Key>${encode(key)}</Key><LastModified>${seconds(object.lastModified).toISOString()}</LastModified><ETag>&quot;${object.etag}&quot;</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
      : `<CommonPrefixes><Prefix>${encode(key)}</Prefix></CommonPrefixes>`,
  );
  const next = truncated ? xml('NextContinuationToken', page.at(-1)?.[0], '') : '';
  sendXml(
    response,
    `<ListBucketResult xmlns="${xmlns}"><Name>${name}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  );
}

function deleteObjects(account: Account, name: string, body: Buffer, response: ServerResponse): void {
  const { objects } = getBucket(account, name);
  const keys = [...body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => unescapeXml(key));
  for (const key of keys) objects.delete(key);
  const deleted = keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
  sendXml(response, `<DeleteResult xmlns="${xmlns}">${deleted.join('')}</DeleteResult>`);
}

function answerObject(
  account: Account,
  bucketName: string,
  key: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void {
  const bucket = getBucket(account, bucketName);
  switch (request.method) {
    case 'PUT': {
      if (request.headers['if-none-match'] === '*' && bucket.objects.has(key))
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      const copied = request.headers['x-amz-copy-source'];
      if (copied !== undefined) throw notImplemented();
      const object = putObject(bucket, key, decodeBody(request, body), {
        contentType: request.headers['content-type'],
        metadata: metadataOf(request),
      });
      response.writeHead(200, { etag: `"${object.etag}"` }).end();
      return;
    }
    case 'GET':
    case 'HEAD': {
      const object = getObject(bucket, key);
      response.writeHead(200, {
        etag: `"${object.etag}"`,
        'content-type': object.contentType,
        'content-length': object.body.length,
        'last-modified': object.lastModified.toUTCString(),
        ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
      });
      response.end(request.method === 'GET' ? object.body : undefined);
      return;
    }
    case 'DELETE':
      bucket.objects.delete(key);
      response.writeHead(204).end();
      return;
    default:
      throw notImplemented();
  }
}

/** The SDK sends streams in signed or checksummed chunks (`aws-chunked`): hex size, extensions, data, trailers. */
function decodeBody(request: IncomingMessage, body: Buffer): Buffer {
  const chunked =
    request.headers['content-encoding']?.includes('aws-chunked') ||
    String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  if (!chunked) return body;
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.subarray(at, end).toString('latin1'), 16);
    if (end < 0 || !(size > 0)) break;
    chunks.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}

function metadataOf(request: IncomingMessage): Record<string, string> {
  const prefix = 'x-amz-meta-';
  const entries = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), String(value)]));
}

/** S3 keeps times in whole seconds. */
function seconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function sendXml(response: ServerResponse, content: string): void {
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
}

function unescapeXml(value: string): string {
  return value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

function notImplemented(): AwsError {
  return new AwsError(
    'NotImplemented',
    'A header or query you provided implies functionality that is not implemented.',
    501,
  );
}
