import { createHash, randomBytes } from 'node:crypto';
import type { Account } from '../account.ts';
import { getBucket, putObject } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import { type Answer, xmlAnswer } from './call.ts';
import { escapeXml, xml } from './protocol.ts';
import { type Content, contentOf, ofParts } from './s3-bodies.ts';
import { checkBeforePut } from './s3-conditions.ts';
import { versionOf } from './s3-objects.ts';
import { aboutObject, header, notImplemented, parsedBody, type S3Request, s3Namespace } from './s3-requests.ts';
import { elements, textAt } from './xml-input.ts';

/** S3 wants all parts but the last to be at least this large. */
const smallestPart = 5 * 1024 * 1024;

interface Part extends Content {
  etag: string;
}

/** An upload in parts, which is how the AWS CLI sends what is larger than 8 MB, and Pulumi what is larger than 16. */
interface Upload {
  bucket: string;
  key: string;
  about: ReturnType<typeof aboutObject>;
  /** Of each part's checksum, as the upload was begun with, e.g. `CRC32`. */
  algorithm?: string;
  parts: Map<number, Part>;
}

const uploadsOf = new WeakMap<Account, Map<string, Upload>>();

export function beginUpload(request: S3Request): Answer {
  const { account, bucket, key } = request;
  getBucket(account, bucket);
  const algorithm = header(request, 'x-amz-checksum-algorithm');
  const id = randomBytes(24).toString('hex');
  uploadsIn(account).set(id, { bucket, key, about: aboutObject(request), algorithm, parts: new Map() });
  return answer(request, 'InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`, {
    ...(algorithm ? { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': 'COMPOSITE' } : {}),
  });
}

export function putPart(request: S3Request): Answer {
  const { parts } = uploadOf(request);
  // Parts that are copied from another object.
  if (header(request, 'x-amz-copy-source') !== undefined) throw notImplemented();
  const content = contentOf(request);
  const etag = createHash('md5').update(content.body).digest('hex');
  parts.set(Number(request.query.get('partNumber')), { ...content, etag });
  return { headers: { etag: `"${etag}"`, ...(content.checksum && Object.fromEntries([content.checksum])) } };
}

/** Makes one object of the parts that are named. */
export function completeUpload(request: S3Request): Answer {
  const { account, key, query } = request;
  const upload = uploadOf(request);
  const bucket = getBucket(account, request.bucket);
  checkBeforePut(bucket, request);
  const parts = chosenParts(upload, request.body);
  const checksum = ofParts(parts.map((part) => part.checksum));
  const object = putObject(bucket, key, Buffer.concat(parts.map(({ body }) => body)), { ...upload.about, checksum });
  object.etag = etagOf(parts);
  uploadsIn(account).delete(query.get('uploadId') ?? '');
  const etag = xml('ETag', `"${object.etag}"`, '');
  return answer(request, 'CompleteMultipartUploadResult', etag, versionOf(object));
}

export function abortUpload(request: S3Request): Answer {
  uploadOf(request);
  uploadsIn(request.account).delete(request.query.get('uploadId') ?? '');
  return { status: 204 };
}

function uploadsIn(account: Account): Map<string, Upload> {
  const uploads = uploadsOf.get(account) ?? new Map<string, Upload>();
  uploadsOf.set(account, uploads);
  return uploads;
}

function uploadOf({ account, bucket, key, query }: S3Request): Upload {
  const upload = uploadsIn(account).get(query.get('uploadId') ?? '');
  if (upload?.bucket === bucket && upload.key === key) return upload;
  throw new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
  );
}

function chosenParts({ parts, algorithm }: Upload, body: Buffer): Part[] {
  const chosen = elements(parsedBody(body), 'Part').map((named) => {
    const number = textAt(named, 'PartNumber');
    const found = parts.get(Number(number));
    const checksum = textAt(named, `Checksum${algorithm ?? ''}`);
    if (algorithm && checksum === undefined)
      throw new AwsError(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    const isThatPart = found?.etag === textAt(named, 'ETag')?.replaceAll('"', '');
    if (!found || !isThatPart || (algorithm && found.checksum?.[1] !== checksum))
      throw new AwsError(
        'InvalidPart',
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      );
    return found;
  });
  if (chosen.slice(0, -1).some((part) => part.body.length < smallestPart))
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  return chosen;
}

/** Not the digest of the content: that of the parts' digests, and their number. */
function etagOf(parts: Part[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

function answer({ bucket, key }: S3Request, name: string, more: string, headers: Answer['headers']): Answer {
  const named = `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key>`;
  return xmlAnswer(`<${name} xmlns="${s3Namespace}">${named}${more}</${name}>`, headers);
}
