import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, StoredObject } from '../account.ts';
import { createBucket, deleteBucket, getBucket } from '../buckets.ts';
import { escapeXml, xml } from './protocol.ts';
import { answerObject } from './s3-objects.ts';
import { notImplemented, onlyParameters, refuseWhere, sendXml, s3Namespace as xmlns } from './s3-requests.ts';
import { elements, parseXml, textAt } from './xml-input.ts';

/** The S3 REST calls, bucket in the path: buckets created, deleted, looked up; objects put, got, deleted, listed (version 2). */
export function answerS3(account: Account, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://s3');
  const [, bucketName = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (bucketName === '' && request.method !== 'GET') throw notImplemented();
  else if (bucketName === '') listBuckets(account, response);
  else if (key === '') answerBucket(account, bucketName, request, body, url.searchParams, response);
  else answerObject(account, bucketName, key, request, url.searchParams, body, response);
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
  if (request.method !== 'GET') onlyParameters(query, request.method === 'POST' ? ['delete'] : []);
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
      if (query.has('location')) {
        onlyParameters(query, ['location']);
        getBucket(account, name);
        sendXml(response, `<LocationConstraint xmlns="${xmlns}">${account.region}</LocationConstraint>`);
      } else listObjects(account, name, query, response);
      return;
    default:
      throw notImplemented();
  }
}

const listParameters = [
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'continuation-token',
  'start-after',
  'encoding-type',
  'fetch-owner',
];

function listObjects(account: Account, name: string, query: URLSearchParams, response: ServerResponse): void {
  onlyParameters(query, listParameters);
  // Version 1, whose answers look alike and go on differently.
  if (query.get('list-type') !== '2') throw notImplemented();
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  refuseWhere(account, 's3:ListObjectsV2', `${name}/${prefix}`);
  const keys = [...getBucket(account, name).objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const entries = new Map<string, StoredObject | undefined>();
  for (const key of keys) {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length);
    if (entry > after) entries.set(entry, end < 0 ? getBucket(account, name).objects.get(key) : undefined);
  }
  const page = [...entries].slice(0, limit);
  const truncated = entries.size > page.length;
  const urlEncoded = query.get('encoding-type') === 'url';
  const encode = (key: string) => (urlEncoded ? encodeURIComponent(key).replaceAll('%2F', '/') : escapeXml(key));
  const contents = page.map(([key, object]) =>
    object
      ? `<Contents><Key>${encode(key)}</Key><LastModified>${seconds(object.lastModified).toISOString()}</LastModified><ETag>&quot;${object.etag}&quot;</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
      : `<CommonPrefixes><Prefix>${encode(key)}</Prefix></CommonPrefixes>`,
  );
  const next = truncated ? xml('NextContinuationToken', page.at(-1)?.[0], '') : '';
  sendXml(
    response,
    `<ListBucketResult xmlns="${xmlns}"><Name>${name}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${urlEncoded ? '<EncodingType>url</EncodingType>' : ''}${next}${contents.join('')}</ListBucketResult>`,
  );
}

function deleteObjects(account: Account, name: string, body: Buffer, response: ServerResponse): void {
  const { objects } = getBucket(account, name);
  const keys = elements(parseXml(body.toString('utf8')), 'Object').map((object) => textAt(object, 'Key') ?? '');
  for (const key of keys) {
    refuseWhere(account, 's3:DeleteObject', `${name}/${key}`);
    objects.delete(key);
  }
  const deleted = keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
  sendXml(response, `<DeleteResult xmlns="${xmlns}">${deleted.join('')}</DeleteResult>`);
}

/** S3 keeps times in whole seconds. */
function seconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
