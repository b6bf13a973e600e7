import { deleteObject, getBucket, getObject, putObject } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import type { DeleteMarker, StoredObject } from '../storage.ts';
import { type Answer, xmlAnswer } from './call.ts';
import { escapeXml, xml } from './protocol.ts';
import { contentOf, isComposite, ofWhole } from './s3-bodies.ts';
import { checkBeforeGet, checkBeforePut } from './s3-conditions.ts';
import { aboutObject, header, parsedBody, type S3Request, s3Namespace } from './s3-requests.ts';
import { elements, textAt } from './xml-input.ts';

/** Puts an object: with the content that the request brings, or with that of another. */
export function put(request: S3Request): Answer {
  const { account, key } = request;
  const bucket = getBucket(account, request.bucket);
  checkBeforePut(bucket, request);
  const source = header(request, 'x-amz-copy-source');
  if (source !== undefined) return copy(request, source);
  const { body, checksum } = contentOf(request);
  const object = putObject(bucket, key, body, { ...aboutObject(request), checksum });
  return { headers: { etag: `"${object.etag}"`, ...versionOf(object), ...checksumOf(object) } };
}

/** An object takes over the content of another, and what is said about it unless the request says something else. */
function copy(request: S3Request, source: string): Answer {
  const { account, key } = request;
  const [path = '', query] = source.replace(/^\//, '').split('?');
  const [from = '', ...rest] = decodeURIComponent(path).split('/');
  const original = rest.join('/');
  const versionId = new URLSearchParams(query).get('versionId') ?? undefined;
  if (!original) throw new AwsError('InvalidArgument', 'Invalid copy source object key');
  const found = find({ ...request, bucket: from, key: original }, versionId);
  const replaces = header(request, 'x-amz-metadata-directive') === 'REPLACE';
  // S3 refuses a copy onto itself that changes nothing.
  if (from === request.bucket && original === key && !replaces && versionId === undefined)
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  const { body, checksum, contentType, metadata } = found;
  const about = replaces ? aboutObject(request) : { contentType, metadata };
  const object = putObject(getBucket(account, request.bucket), key, body, {
    ...about,
    checksum: ofWhole(body, checksum),
  });
  const result = xml('LastModified', object.lastModified, '') + xml('ETag', `"${object.etag}"`, '');
  return xmlAnswer(`<CopyObjectResult xmlns="${s3Namespace}">${result}</CopyObjectResult>`, versionOf(object));
}

/** Gets an object whole or a range of it; or only looks at it. */
export function get(request: S3Request): Answer {
  const object = find(request, request.query.get('versionId') ?? undefined);
  const etag = `"${object.etag}"`;
  if (!checkBeforeGet(object, request)) return { status: 304, headers: { etag } };
  const range = rangeOf(header(request, 'range') ?? '', object.body.length);
  const body = range ? object.body.subarray(range.first, range.last + 1) : object.body;
  return {
    status: range ? 206 : 200,
    headers: {
      etag,
      'accept-ranges': 'bytes',
      'content-type': object.contentType,
      'content-length': body.length,
      'last-modified': object.lastModified.toUTCString(),
      ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${object.body.length}` } : {}),
      ...versionOf(object),
      ...(header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !range ? checksumOf(object) : {}),
      ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    },
    body: request.method === 'HEAD' ? undefined : body,
  };
}

/** An object as a read finds it. Whoever may not list the bucket isn't told that something isn't there. */
function find(request: S3Request, versionId?: string): StoredObject {
  const { account, key } = request;
  const bucket = getBucket(account, request.bucket);
  const resource = `${bucket.name}/${key}`;
  const refusal = account.refuse('s3:GetObject', resource);
  // Also for the source of a copy, which isn't what the call itself is about.
  if (refusal && request.method === 'PUT') throw refusal;
  if (versionId === undefined && !bucket.objects.has(key)) {
    const unseen = account.refuse('s3:ListObjectsV2', resource);
    if (unseen?.code === 'AccessDenied') throw unseen;
  }
  return getObject(bucket, key, versionId);
}

export function remove({ account, bucket, key, query }: S3Request): Answer {
  const marker = deleteObject(getBucket(account, bucket), key, query.get('versionId') ?? undefined);
  return { status: 204, headers: marker ? { 'x-amz-delete-marker': 'true', ...versionOf(marker) } : {} };
}

/** Deletes many objects in one call. One that is refused doesn't keep the others. */
export function removeMany({ account, bucket: name, body }: S3Request): Answer {
  const bucket = getBucket(account, name);
  const results = elements(parsedBody(body), 'Object').map((object) => {
    const key = textAt(object, 'Key') ?? '';
    const named = `<Key>${escapeXml(key)}</Key>`;
    const refusal = account.refuse('s3:DeleteObject', `${name}/${key}`);
    if (refusal) return `<Error>${named}${xml('Code', refusal.code, '')}${xml('Message', refusal.message, '')}</Error>`;
    const marker = deleteObject(bucket, key, textAt(object, 'VersionId'));
    return `<Deleted>${named}${marker ? `<DeleteMarker>true</DeleteMarker>${xml('DeleteMarkerVersionId', marker.versionId, '')}` : ''}</Deleted>`;
  });
  return xmlAnswer(`<DeleteResult xmlns="${s3Namespace}">${results.join('')}</DeleteResult>`);
}

/** Header that names a version; none in a bucket without versions. */
export function versionOf({ versionId }: StoredObject | DeleteMarker): Record<string, string> {
  return versionId === undefined ? {} : { 'x-amz-version-id': versionId };
}

/** Headers that tell a checksum; none where the object came without. */
function checksumOf({ checksum }: StoredObject): Record<string, string> {
  if (!checksum) return {};
  return { [checksum[0]]: checksum[1], 'x-amz-checksum-type': isComposite(checksum) ? 'COMPOSITE' : 'FULL_OBJECT' };
}

/** `bytes=0-99`, `bytes=100-` or `bytes=-10`; anything else is the whole object, as S3 has it. */
function rangeOf(range: string, length: number): { first: number; last: number } | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(length - Number(to), 0) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  if (first >= length || last < first)
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
  return { first, last };
}
