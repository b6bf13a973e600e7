import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

/** Answers every call with the error that the test asks for. */
let server: Server;
let refusal = { status: 400, code: '', message: '' };
let aws: typeof import('../../automation/live/aws/index.ts');

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    const { status, code, message } = refusal;
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
    const body = `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`;
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.resetModules();
  aws = await import('../../automation/live/aws/index.ts');
});

afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

test('expired credentials: says to sign in again, and that the same command goes on', async () => {
  refusal = { status: 403, code: 'ExpiredToken', message: 'The security token included in the request is expired' };
  await expect(aws.callerAccount()).rejects.toMatchObject({
    name: 'UserError',
    message: "AWS doesn't accept the credentials (ExpiredToken: The security token included in the request is expired)",
    where: 'AWS credentials',
    fix: expect.stringContaining('aws sso login'),
  });
});

test('a missing permission: names it and the object', async () => {
  refusal = { status: 403, code: 'AccessDenied', message: 'User is not authorized' };
  await expect(aws.describeGroup('demo-controller-a')).rejects.toMatchObject({
    name: 'UserError',
    message: 'AWS denies autoscaling:DescribeAutoScalingGroups (User is not authorized)',
    where: 'Auto Scaling group demo-controller-a',
    fix: expect.stringContaining('allow autoscaling:DescribeAutoScalingGroups'),
  });
});

test('anything else: the code, the object and that the same command goes on', async () => {
  refusal = { status: 400, code: 'ResourceContention', message: 'Try later' };
  await expect(aws.suspendProcesses('demo-controller-a', ['AZRebalance'])).rejects.toMatchObject({
    name: 'UserError',
    message: 'autoscaling:SuspendProcesses failed: ResourceContentionFault: Try later',
    fix: expect.stringContaining('run the same command again'),
  });
});

test('nobody there: asks whether the sandbox is running', async () => {
  const closed = await new Promise<number>((resolve) => {
    const other = createServer().listen(0, '127.0.0.1', () => {
      const { port } = other.address() as AddressInfo;
      other.close(() => resolve(port));
    });
  });
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${closed}`);
  vi.resetModules();
  const fresh = await import('../../automation/live/aws/index.ts');
  await expect(fresh.callerAccount()).rejects.toMatchObject({
    name: 'UserError',
    fix: expect.stringContaining('kubezero sandbox status'),
  });
});
