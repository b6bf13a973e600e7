import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../account.ts';
import { getBucket, putObject } from '../buckets.ts';
import { AwsError } from '../errors.ts';
import { escapeXml } from './protocol.ts';
import { checkBeforePut } from './s3-conditions.ts';
import { aboutObject, notImplemented, onlyParameters, refuseWhere, s3Namespace, sendXml } from './s3-requests.ts';
import { elements, parseXml, textAt } from './xml-input.ts';

/** S3 wants all parts but the last to be at least this large. */
const smallestPart = 5 * 1024 * 1024;

/** An upload in parts, which is how the AWS CLI sends what is larger than 8 MB. */
interface Upload {
  bucket: string;
  key: string;
  about: ReturnType<typeof aboutObject>;
  parts: Map<number, { etag: string; body: Buffer }>;
}

const uploadsOf = new WeakMap<Account, Map<string, Upload>>();

/** Whether a call on an object is about an upload in parts. */
export function isUpload(query: URLSearchParams): boolean {
  return query.has('uploads') || query.has('uploadId');
}

/** Begins, feeds, ends and gives up uploads in parts. */
export function answerUpload(
  account: Account,
  bucketName: string,
  key: string,
  request: IncomingMessage,
  query: URLSearchParams,
  body: Buffer,
  response: ServerResponse,
): void {
  onlyParameters(query, ['uploads', 'uploadId', 'partNumber']);
  refuseWhere(account, 's3:PutObject', `${bucketName}/${key}`);
  const uploads = uploadsOf.get(account) ?? new Map<string, Upload>();
  uploadsOf.set(account, uploads);
  const bucket = getBucket(account, bucketName);
  const names = `<Bucket>${bucketName}</Bucket><Key>${escapeXml(key)}</Key>`;
  const answer = (name: string, more: string) =>
    sendXml(response, `<${name} xmlns="${s3Namespace}">${names}${more}</${name}>`);
  if (request.method === 'POST' && query.has('uploads')) {
    const id = randomBytes(24).toString('hex');
    uploads.set(id, { bucket: bucketName, key, about: aboutObject(request), parts: new Map() });
    answer('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`);
    return;
  }
  const id = query.get('uploadId') ?? '';
  const upload = uploads.get(id);
  if (!upload || upload.bucket !== bucketName || upload.key !== key)
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
    );
  switch (request.method) {
    case 'PUT': {
      const etag = createHash('md5').update(body).digest('hex');
      upload.parts.set(Number(query.get('partNumber')), { etag, body });
      response.writeHead(200, { etag: `"${etag}"` }).end();
      return;
    }
    case 'POST': {
      checkBeforePut(bucket, key, request);
      const { content, etag } = assemble(upload, body);
      putObject(bucket, key, content, upload.about).etag = etag;
      uploads.delete(id);
      answer('CompleteMultipartUploadResult', `<ETag>&quot;${etag}&quot;</ETag>`);
      return;
    }
    case 'DELETE':
      uploads.delete(id);
      response.writeHead(204).end();
      return;
    default:
      throw notImplemented();
  }
}

function assemble({ parts }: Upload, body: Buffer): { content: Buffer; etag: string } {
  const chosen = elements(parseXml(body.toString('utf8')), 'Part').map((part) => {
    const found = parts.get(Number(textAt(part, 'PartNumber')));
    if (!found || found.etag !== textAt(part, 'ETag')?.replaceAll('"', ''))
      throw new AwsError('InvalidPart', 'One or more of the specified parts could not be found.');
    return found;
  });
  if (chosen.slice(0, -1).some((part) => part.body.length < smallestPart))
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  const hash = createHash('md5');
  for (const { etag } of chosen) hash.update(Buffer.from(etag, 'hex'));
  return { content: Buffer.concat(chosen.map((part) => part.body)), etag: `${hash.digest('hex')}-${chosen.length}` };
}
