import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account, Bucket, StoredObject } from '../account.ts';
import { getBucket, getObject, putObject } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import { xml } from './protocol.ts';
import { checkBeforeGet, checkBeforePut } from './s3-conditions.ts';
import { aboutObject, notImplemented, onlyParameters, refuseWhere, s3Namespace, sendXml } from './s3-requests.ts';
import { answerUpload, isUpload } from './s3-uploads.ts';

/** Calls on one object: put (whole or in parts), got (whole or a range of it), looked at, deleted. */
export function answerObject(
  account: Account,
  bucketName: string,
  key: string,
  request: IncomingMessage,
  query: URLSearchParams,
  body: Buffer,
  response: ServerResponse,
): void {
  if (isUpload(query)) {
    answerUpload(account, bucketName, key, request, query, decodeBody(request, body), response);
    return;
  }
  onlyParameters(query, []);
  const resource = `${bucketName}/${key}`;
  switch (request.method) {
    case 'PUT': {
      refuseWhere(account, 's3:PutObject', resource);
      const bucket = getBucket(account, bucketName);
      checkBeforePut(bucket, key, request);
      const source = request.headers['x-amz-copy-source'];
      if (source !== undefined) {
        sendXml(response, copyObject(account, bucket, key, String(source), request));
        return;
      }
      const object = putObject(bucket, key, decodeBody(request, body), aboutObject(request));
      response.writeHead(200, { etag: `"${object.etag}"` }).end();
      return;
    }
    case 'GET':
    case 'HEAD': {
      refuseWhere(account, request.method === 'GET' ? 's3:GetObject' : 's3:HeadObject', resource);
      const object = getObject(getBucket(account, bucketName), key);
      if (!checkBeforeGet(object, request)) response.writeHead(304, { etag: `"${object.etag}"` }).end();
      else sendObject(object, request, response);
      return;
    }
    case 'DELETE':
      refuseWhere(account, 's3:DeleteObject', resource);
      getBucket(account, bucketName).objects.delete(key);
      response.writeHead(204).end();
      return;
    default:
      throw notImplemented();
  }
}

/** An object takes over the content of another, and what is said about it unless the request says something else. */
function copyObject(account: Account, bucket: Bucket, key: string, source: string, request: IncomingMessage): string {
  const [, from = '', path = ''] = /^\/?([^/]+)\/([^?]+)$/.exec(source) ?? [];
  // Of a version: none are kept here.
  if (!path) throw notImplemented();
  const original = decodeURIComponent(path);
  refuseWhere(account, 's3:GetObject', `${from}/${original}`);
  const { body, contentType, metadata } = getObject(getBucket(account, from), original);
  const replaces = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const copy = putObject(bucket, key, body, replaces ? aboutObject(request) : { contentType, metadata });
  const result = xml('LastModified', copy.lastModified, '') + xml('ETag', `"${copy.etag}"`, '');
  return `<CopyObjectResult xmlns="${s3Namespace}">${result}</CopyObjectResult>`;
}

function sendObject(object: StoredObject, { method, headers }: IncomingMessage, response: ServerResponse): void {
  const range = rangeOf(String(headers.range ?? ''), object.body.length);
  const body = range ? object.body.subarray(range.first, range.last + 1) : object.body;
  response.writeHead(range ? 206 : 200, {
    etag: `"${object.etag}"`,
    'accept-ranges': 'bytes',
    'content-type': object.contentType,
    'content-length': body.length,
    ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${object.body.length}` } : {}),
    'last-modified': object.lastModified.toUTCString(),
    ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  });
  response.end(method === 'GET' ? body : undefined);
}

/** `bytes=0-99`, `bytes=100-` or `bytes=-10`; anything else is the whole object, as S3 has it. */
function rangeOf(header: string, length: number): { first: number; last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(length - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (first >= length || last < first)
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { first, last };
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
