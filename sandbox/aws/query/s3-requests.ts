import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';

/** Namespace of S3's answers. */
export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Refuses a call that a fault is about. */
export function refuseWhere(account: Account, operation: string, resource: string): void {
  const refusal = account.refuse(operation, resource);
  if (refusal) throw refusal;
}

/**
 * Refuses a request that has other query parameters: `?acl`, `?versioning` and their like are calls of their own, and an
 * answer to another one would be taken for theirs. `x-id` is what SDKs add for their logs.
 */
export function onlyParameters(query: URLSearchParams, known: string[]): void {
  for (const name of query.keys()) if (name !== 'x-id' && !known.includes(name)) throw notImplemented();
}

/** Content type and metadata that a request gives an object. */
export function aboutObject(request: IncomingMessage): { contentType?: string; metadata: Record<string, string> } {
  const prefix = 'x-amz-meta-';
  const entries = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix));
  return {
    contentType: request.headers['content-type'],
    metadata: Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), String(value)])),
  };
}

export function notImplemented(): AwsError {
  return new AwsError(
    'NotImplemented',
    'A header or query you provided implies functionality that is not implemented.',
    501,
  );
}

export function sendXml(response: ServerResponse, content: string): void {
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
}
