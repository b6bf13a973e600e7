import { createHash } from 'node:crypto';
import { AwsError } from '../errors.ts';
import { crc32 } from './crc32.ts';
import { header, type S3Request } from './s3-requests.ts';

/** The content that a request brings, once it is what it says it is, with the checksum that it brings. */
export interface Content {
  body: Buffer;
  /** Header and value, as an answer repeats it. */
  checksum?: [header: string, value: string];
}

/** Algorithms that SDKs send; of the others the value is kept and not checked. */
const algorithms: Record<string, (body: Buffer) => Buffer> = {
  crc32,
  sha1: (body) => createHash('sha1').update(body).digest(),
  sha256: (body) => createHash('sha256').update(body).digest(),
};

const checksumHeader = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/**
 * Takes the content out of a request.
 * @throws AwsError where it is cut off, or isn't what its checksums say
 */
export function contentOf(request: S3Request): Content {
  const { body, trailers } = dechunked(request);
  const signed = header(request, 'x-amz-content-sha256') ?? '';
  if (/^[0-9a-f]{64}$/.test(signed) && signed !== createHash('sha256').update(body).digest('hex'))
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  const md5 = header(request, 'content-md5');
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64'))
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  const sent = [...Object.entries(request.headers), ...trailers].find(([name]) => checksumHeader.test(name));
  if (!sent) return { body };
  const checksum: Content['checksum'] = [sent[0], String(sent[1])];
  const algorithm = checksumHeader.exec(checksum[0])?.[1] ?? '';
  const computed = algorithms[algorithm]?.(body).toString('base64');
  if (computed !== undefined && computed !== checksum[1])
    throw new AwsError(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  return { body, checksum };
}

/** The checksum of a whole content, where it was one of its parts' checksums. */
export function ofWhole(body: Buffer, checksum: Content['checksum']): Content['checksum'] {
  if (!checksum || !isComposite(checksum)) return checksum;
  const whole = algorithms[checksumHeader.exec(checksum[0])?.[1] ?? '']?.(body);
  return whole && [checksum[0], whole.toString('base64')];
}

/** A checksum of parts' checksums ends with their number. */
export function isComposite([, value]: [header: string, value: string]): boolean {
  return /-\d+$/.test(value);
}

/** The checksum of the checksums of parts, all of one algorithm; undefined where one has none. */
export function ofParts(parts: Content['checksum'][]): Content['checksum'] {
  const [name = ''] = parts[0] ?? [];
  const algorithm = algorithms[checksumHeader.exec(name)?.[1] ?? ''];
  if (!algorithm || parts.some((part) => part?.[0] !== name)) return undefined;
  const joined = Buffer.concat(parts.map((part) => Buffer.from(part?.[1] ?? '', 'base64')));
  return [name, `${algorithm(joined).toString('base64')}-${parts.length}`];
}

/** SDKs send streams in signed or checksummed chunks (`aws-chunked`): hex size, extensions, data, and trailers at the end. */
function dechunked(request: S3Request): { body: Buffer; trailers: [string, string][] } {
  const { body } = request;
  const isChunked =
    header(request, 'content-encoding')?.includes('aws-chunked') ||
    header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-');
  if (!isChunked) return { body, trailers: [] };
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw incomplete();
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    at = end + 2;
    if (!(size > 0)) break;
    chunks.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const content = Buffer.concat(chunks);
  if (content.length !== Number(header(request, 'x-amz-decoded-content-length') ?? content.length)) throw incomplete();
  const trailers = body.toString('latin1', at).split('\r\n').filter(Boolean);
  return {
    body: content,
    trailers: trailers.map((line) => {
      const [name = '', value = ''] = line.split(/:(.*)/s);
      return [name.trim().toLowerCase(), value.trim()];
    }),
  };
}

function incomplete(): AwsError {
  return new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
}
