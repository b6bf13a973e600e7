import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import type { Caller } from '../identities.ts';
import type { Action } from './action.ts';
import { autoScalingActions } from './auto-scaling.ts';
import { ec2Actions } from './ec2.ts';
import { type Parameters, parseParameters, xml } from './protocol.ts';
import { answerRoute53, route53Path } from './route53.ts';
import { answerS3 } from './s3.ts';
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

/** Serves the account to AWS SDKs over HTTP: one endpoint for EC2, Auto Scaling, STS, Route 53 and S3. */
export async function serveQueryApi(
  account: Account,
  address: string,
): Promise<{ endpointUrl: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => answer(account, request, Buffer.concat(chunks), response));
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

function answer(account: Account, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const requestId = randomUUID();
  const isQuery =
    request.method === 'POST' && request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const form = isQuery ? new URLSearchParams(body.toString('utf8')) : undefined;
  const service = form ? services[form.get('Version') ?? ''] : undefined;
  response.setHeader('x-amzn-requestid', requestId);
  const isRoute53 = request.url?.startsWith(route53Path) ?? false;
  // DynamoDB, KMS, SSM and their like: none of them is here.
  const target = request.headers['x-amz-target'];
  if (target) {
    const message = `The sandbox doesn't simulate ${target}.`;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: 'UnknownOperationException', message }));
    return;
  }
  try {
    if (isRoute53) answerRoute53(account, request, body, response);
    else if (!form) answerS3(account, request, body, response);
    else send(response, 200, answerAction(account, service, form, callerOf(request), requestId));
  } catch (error) {
    if (!(error instanceof AwsError)) account.log(`${form?.get('Action') ?? request.url}: ${(error as Error).stack}`);
    const refusal = error instanceof AwsError ? error : new AwsError('InternalError', String(error), 500);
    const dialect = isRoute53 ? 'query' : form ? (service?.dialect ?? 'query') : 's3';
    const content = request.method === 'HEAD' ? '' : errorBody(refusal, dialect, requestId);
    send(response, refusal.status, content);
  }
}

function answerAction(
  account: Account,
  service: Service | undefined,
  form: URLSearchParams,
  caller: Caller,
  requestId: string,
): string {
  const name = form.get('Action') ?? '';
  const action = service?.actions[name];
  if (!service || !action)
    throw new AwsError(
      'InvalidAction',
      `The action ${name} is not valid for this web service (the sandbox doesn't simulate it).`,
    );
  const parameters = parseParameters(form);
  const refusal = account.refuse(`${service.name}:${name}`, resourceOf(parameters));
  if (refusal) throw refusal;
  const result = action(account, parameters, caller);
  const content =
    service.dialect === 'ec2'
      ? xml('requestId', requestId, 'item') + fields(result, 'item')
      : `<${name}Result>${fields(result, 'member')}</${name}Result>${xml('ResponseMetadata', { RequestId: requestId }, 'member')}`;
  return `<${name}Response xmlns="${service.namespace}">${content}</${name}Response>`;
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

function errorBody({ code, message }: AwsError, dialect: 'ec2' | 'query' | 's3', requestId: string): string {
  const error = { Code: code, Message: message };
  if (dialect === 'ec2') return xml('Response', { Errors: { Error: error }, RequestID: requestId }, 'item');
  if (dialect === 's3') return xml('Error', { ...error, RequestId: requestId }, 'item');
  return xml('ErrorResponse', { Error: { Type: 'Sender', ...error }, RequestId: requestId }, 'member');
}

function send(response: ServerResponse, status: number, content: string): void {
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8' }).end(content);
}
