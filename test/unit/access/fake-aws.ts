import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** An AWS in this process that the real SDK talks to: objects of S3, who somebody is, and a few machines. */
export class FakeAws {
  /** By `<bucket>/<key>`. */
  objects = new Map<string, string>();
  /** Answer of S3 to everything, e.g. `AccessDenied`. */
  refusal: string | undefined;
  /** Objects that may not be read, as in `objects`. */
  denied = new Set<string>();
  arn = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Administrator_0123456789abcdef/jane@example.com';
  /** Ids of the machines of each Auto Scaling group, with their states. */
  groups: Record<string, Record<string, string>> = {};
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Starts it, and points the SDK at it. */
  static async start(): Promise<FakeAws> {
    const aws = new FakeAws();
    await new Promise<void>((resolve) => aws.#server.listen(0, '127.0.0.1', resolve));
    aws.point();
    return aws;
  }

  /** Points the SDK at it, again after stubs were taken away; clients that were made keep to the first they were shown. */
  point(): void {
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const xml = (status: number, text: string) => response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
    if (request.method === 'GET') {
      const key = decodeURIComponent((request.url ?? '').slice(1).replace(/\?.*/, ''));
      const refusal = this.denied.has(key) ? 'AccessDenied' : this.refusal;
      const error = refusal ?? (this.objects.has(key) ? undefined : 'NoSuchKey');
      if (!error) return void response.writeHead(200).end(this.objects.get(key));
      const status = error === 'NoSuchKey' || error === 'NoSuchBucket' ? 404 : 403;
      return void xml(status, `<Error><Code>${error}</Code><Message>no, since ${error}</Message></Error>`);
    }
    const parameters = new URLSearchParams(body);
    const action = parameters.get('Action') ?? '';
    return void xml(200, `<${action}Response>${this.#result(action, parameters)}</${action}Response>`);
  }

  #result(action: string, parameters: URLSearchParams): string {
    if (action === 'GetCallerIdentity')
      return `<${action}Result><Account>123456789012</Account><Arn>${this.arn}</Arn></${action}Result>`;
    if (action === 'DescribeAutoScalingGroups') {
      const name = parameters.get('AutoScalingGroupNames.member.1') ?? '';
      const members = Object.entries(this.groups[name] ?? {}).map(
        ([id, state]) => `<member><InstanceId>${id}</InstanceId><LifecycleState>${state}</LifecycleState></member>`,
      );
      const group = `<member><AutoScalingGroupName>${name}</AutoScalingGroupName><Instances>${members.join('')}</Instances></member>`;
      return `<${action}Result><AutoScalingGroups>${group}</AutoScalingGroups></${action}Result>`;
    }
    return '<reservationSet/>';
  }
}
