import type { IncomingHttpHeaders } from 'node:http';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import { parseXml, type XmlElement } from './xml-input.ts';

/** Namespace of S3's answers. */
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A call to S3: on a bucket, or on an object where there is a key. */
export interface S3Request {
  account: Account;
  method: string;
  bucket: string;
  key: string;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  body: Buffer;
  /** Region whose endpoint it came to; undefined where it isn't signed. */
  region?: string;
}

/** Content type and metadata that a request gives an object. */
export function aboutObject({ headers }: S3Request): { contentType?: string; metadata: Record<string, string> } {
  const prefix = 'x-amz-meta-';
  const entries = Object.entries(headers).filter(([name]) => name.startsWith(prefix));
  return {
    contentType: headers['content-type'],
    metadata: Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), String(value)])),
  };
}

/** The value of a header that is there at most once. */
export function header({ headers }: S3Request, name: string): string | undefined {
  return [headers[name]].flat()[0];
}

export function notImplemented(): AwsError {
  return new AwsError(
    'NotImplemented',
    'A header or query you provided implies functionality that is not implemented.',
    501,
  );
}

/** What a request says in XML. */
export function parsedBody(body: Buffer): XmlElement {
  try {
    return parseXml(body.toString('utf8'));
  } catch {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
}
