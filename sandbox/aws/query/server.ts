import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Caller } from '../identities.ts';
import type { Action } from './action.ts';
import { autoScalingActions } from './auto-scaling.ts';
import type { Answer, Call } from './call.ts';
import { ec2Actions } from './ec2.ts';
import { kmsCall, kmsTarget } from './kms.ts';
import { type Parameters, parseParameters, xml } from './protocol.ts';
import { route53Call, route53Path } from './route53.ts';
import { s3Call } from './s3.ts';
import { stsActions } from './sts.ts';

interface Service {
  name: string;
  namespace: string;
  actions: Record<string, Action>;
  /** EC2's dialect of the query protocol has no result element and errors of its own shape. */
  dialect: 'ec2' | 'query';
}

/** By the API version that requests carry. */
const services: Record<string, Service> = {
  '2016-11-15': {
    name: 'ec2',
    namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    actions: ec2Actions,
    dialect: 'ec2',
  },
  '2011-01-01': {
    name: 'autoscaling',
    namespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
    actions: autoScalingActions,
    dialect: 'query',
  },
  '2011-06-15': {
    name: 'sts',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    actions: stsActions,
    dialect: 'query',
  },
};

/** Serves the account to AWS SDKs over HTTP: one endpoint for EC2, Auto Scaling, STS, Route 53, S3 and KMS. */
export async function serveQueryApi(
  account: Account,
  address: string,
): Promise<{ endpointUrl: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => {
      void respond(account, request, Buffer.concat(chunks), response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpointUrl: `http://${address}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  account: Account,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const form = formOf(request, body);
  const dialect = dialectOf(request, form);
  let call: Call | undefined;
  const wait = async (way: 'request' | 'answer', bytes: number) => {
    const milliseconds = call ? account.slow(way, call.operation, call.resource, bytes) : 0;
    // Less isn't to be had of a timer.
    if (milliseconds >= 1) await setTimeout(milliseconds);
  };
  let answer: Answer;
  try {
    call = callOf(account, request, body, form, requestId);
    await wait('request', body.length);
    const refusal = account.refuse(call.operation, call.resource);
    if (refusal) throw refusal;
    answer = call.answer();
  } catch (error) {
    if (!(error instanceof AwsError)) account.log(`${call?.operation ?? request.url}: ${(error as Error).stack}`);
    const refusal = error instanceof AwsError ? error : new AwsError('InternalError', String(error), 500);
    answer = errorAnswer(refusal, dialect, requestId, request.method === 'HEAD');
  }
  const size = answer.body === undefined ? 0 : Buffer.byteLength(answer.body);
  await wait('answer', size);
  const { status = 200, headers } = answer;
  const hasNone = request.method === 'HEAD' || status === 204 || status === 304;
  const length = hasNone ? {} : { 'content-length': size };
  response.writeHead(status, { ...idHeaders(dialect, requestId), ...length, ...headers }).end(answer.body);
}

/** Parameters of a call in the query protocol; those of others aren't in a form. */
function formOf(request: IncomingMessage, body: Buffer): URLSearchParams | undefined {
  const isForm =
    request.method === 'POST' && request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? new URLSearchParams(body.toString('utf8')) : undefined;
}

type Dialect = 'ec2' | 'query' | 's3' | 'json';

function dialectOf(request: IncomingMessage, form: URLSearchParams | undefined): Dialect {
  if (request.headers['x-amz-target']) return 'json';
  if (isRoute53(request)) return 'query';
  return form ? (services[form.get('Version') ?? '']?.dialect ?? 'query') : 's3';
}

function isRoute53({ url }: IncomingMessage): boolean {
  return url?.startsWith(route53Path) ?? false;
}

function callOf(
  account: Account,
  request: IncomingMessage,
  body: Buffer,
  form: URLSearchParams | undefined,
  requestId: string,
): Call {
  const target = request.headers['x-amz-target'];
  if (target === undefined) {
    if (isRoute53(request)) return route53Call(account, request, body);
    return form
      ? queryCall(account, form, callerOf(request), requestId)
      : s3Call(account, request, body, callerOf(request));
  }
  if (target.toString().startsWith(kmsTarget)) return kmsCall(account, request, body, callerOf(request));
  // DynamoDB, SSM and their like: none of them is here.
  throw new AwsError('UnknownOperationException', `The sandbox doesn't simulate ${target}.`);
}

/** A call of EC2, Auto Scaling or STS. */
function queryCall(account: Account, form: URLSearchParams, caller: Caller, requestId: string): Call {
  const service = services[form.get('Version') ?? ''];
  const name = form.get('Action') ?? '';
  const action = service?.actions[name];
  if (!service || !action)
    throw new AwsError(
      'InvalidAction',
      `The action ${name} is not valid for this web service (the sandbox doesn't simulate it).`,
    );
  const parameters = parseParameters(form);
  const answer = (): Answer => {
    const result = action(account, parameters, caller);
    const content =
      service.dialect === 'ec2'
        ? xml('requestId', requestId, 'item') + fields(result, 'item')
        : `<${name}Result>${fields(result, 'member')}</${name}Result>${xml('ResponseMetadata', { RequestId: requestId }, 'member')}`;
    return { headers: textXml, body: `<${name}Response xmlns="${service.namespace}">${content}</${name}Response>` };
  };
  return { operation: `${service.name}:${name}`, resource: resourceOf(parameters), answer };
}

/** Signatures themselves aren't checked. */
function callerOf({ headers }: IncomingMessage): Caller {
  return {
    accessKeyId: /\bCredential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1],
    sessionToken: [headers['x-amz-security-token']].flat()[0],
  };
}

/** What a call is about, for faults: volume and instance, or the group. */
function resourceOf(parameters: Parameters): string {
  const names = ['VolumeId', 'InstanceId', 'AutoScalingGroupName'];
  return names.flatMap((name) => parameters[name] ?? []).join(' ');
}

function fields(result: ReturnType<Action>, item: string): string {
  return Object.entries(result)
    .map(([name, value]) => xml(name, value, item))
    .join('');
}

const textXml = { 'content-type': 'text/xml;charset=UTF-8' };

/** An answer to a look at something has no body. */
function errorAnswer(error: AwsError, dialect: Dialect, requestId: string, withoutBody: boolean): Answer {
  const { status, details } = error;
  const type =
    dialect === 'json' ? 'application/x-amz-json-1.1' : dialect === 's3' ? 'application/xml' : textXml['content-type'];
  const body = withoutBody ? undefined : errorBody(error, dialect, requestId);
  return { status, headers: { 'content-type': type, ...details.headers }, body };
}

function errorBody({ code, message, details }: AwsError, dialect: Dialect, requestId: string): string {
  if (dialect === 'json') return JSON.stringify({ __type: code, ...(message ? { message } : {}) });
  const error = { Code: code, Message: message };
  if (dialect === 'ec2') return xml('Response', { Errors: { Error: error }, RequestID: requestId }, 'item');
  if (dialect === 's3') {
    const ids = { RequestId: requestId, HostId: hostId };
    return `<?xml version="1.0" encoding="UTF-8"?>\n${xml('Error', { ...error, ...details.fields, ...ids }, 'item')}`;
  }
  return xml('ErrorResponse', { Error: { Type: 'Sender', ...error }, RequestId: requestId }, 'member');
}

/** S3 names the machine that answered, too. */
const hostId = Buffer.from('the sandbox').toString('base64');

function idHeaders(dialect: Dialect, requestId: string): Record<string, string> {
  return dialect === 's3' ? { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId } : { 'x-amzn-requestid': requestId };
}
