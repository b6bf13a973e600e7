import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { instanceKeys } from '../aws/identities.ts';
import type { Machine } from '../aws/machine.ts';
import { privateDnsName } from '../machines/instance.ts';

/** What an instance's role gives it. */
export interface RoleCredentials {
  role: string;
  accessKeyId: string;
  secretAccessKey: string;
  token: string;
}

export interface MetadataOptions {
  region: string;
  accountId?: string;
  /** The machine with a private address; a machine that answers nobody's is none. */
  machineAt(address: string): Machine | undefined;
  credentials?(machine: Machine): RoleCredentials;
  /** Milliseconds by which its clock is ahead of the machines'. */
  skew?: () => number;
}

const credentialsLifetime = 6 * 3600_000;
const longestToken = 21_600;

/**
 * Instance metadata (IMDSv2): who asks is known by the address that the request comes from. Version 1, without a token, is
 * refused as on instances that require version 2.
 */
export class MetadataService {
  private tokens = new Map<string, { address: string; until: number }>();
  private server = createServer((request, response) => this.answer(request, response));

  constructor(private options: MetadataOptions) {}

  async listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, address, resolve);
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const address = request.socket.remoteAddress ?? '';
    const machine = this.options.machineAt(address);
    const path = (request.url ?? '/').replace(/\?.*$/, '').replace(/\/{2,}/g, '/');
    response.setHeader('Server', 'EC2ws');
    response.setHeader('Date', new Date(Date.now() + (this.options.skew?.() ?? 0)).toUTCString());
    // Pods aren't machines: their packets don't come with the machine's address, as the hop limit of 1 has it.
    if (!machine) request.socket.destroy();
    else if (path === '/latest/api/token') this.giveToken(request, response, address);
    else if (request.method !== 'GET' && request.method !== 'HEAD') send(response, 405, '');
    else if (!this.isKnown(request.headers['x-aws-ec2-metadata-token'], address)) send(response, 401, '');
    else {
      const body = this.find(path, machine);
      if (body === undefined) send(response, 404, notFound, 'text/html');
      else send(response, 200, request.method === 'HEAD' ? '' : body, 'text/plain', Buffer.byteLength(body));
    }
  }

  private giveToken(request: IncomingMessage, response: ServerResponse, address: string): void {
    const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
    const isDuration = Number.isInteger(seconds) && seconds >= 1 && seconds <= longestToken;
    const refusal =
      request.method !== 'PUT' ? 405 : request.headers['x-forwarded-for'] ? 403 : isDuration ? undefined : 400;
    if (refusal !== undefined) {
      send(response, refusal, '');
      return;
    }
    const token = `${randomBytes(40).toString('base64url')}==`;
    this.tokens.set(token, { address, until: Date.now() + seconds * 1000 });
    response.setHeader('X-Aws-Ec2-Metadata-Token-Ttl-Seconds', String(seconds));
    send(response, 200, token);
  }

  private isKnown(token: string | string[] | undefined, address: string): boolean {
    const known = typeof token === 'string' ? this.tokens.get(token) : undefined;
    return known?.address === address && known.until > Date.now();
  }

  /** A value, or the names below a folder. */
  private find(path: string, machine: Machine): string | undefined {
    if (path === '/') return 'latest';
    const version = /^\/(?:latest|\d{4}-\d{2}-\d{2})(?=\/|$)/.exec(path)?.[0];
    if (version === undefined) return undefined;
    const wanted = path.slice(version.length + 1).replace(/\/$/, '');
    const values = this.values(machine);
    const value = values[wanted];
    if (value !== undefined) return value;
    const below = Object.keys(values).filter((name) => wanted === '' || name.startsWith(`${wanted}/`));
    if (below.length === 0) return undefined;
    const next = below.map((name) => name.slice(wanted === '' ? 0 : wanted.length + 1).split('/'));
    return [...new Set(next.map(([name = '', ...rest]) => (rest.length > 0 ? `${name}/` : name)))].sort().join('\n');
  }

  private values(machine: Machine): Record<string, string> {
    const { region, accountId = '111122223333' } = this.options;
    const { instanceId, privateIp, zone, instanceType, imageId, userData } = machine;
    const { role, accessKeyId, secretAccessKey, token } = (this.options.credentials ?? roleCredentials)(machine);
    const now = Date.now();
    const time = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
    const name = privateDnsName(privateIp, region);
    return {
      ...(userData ? { 'user-data': userData } : {}),
      'meta-data/ami-id': imageId,
      'meta-data/hostname': name,
      'meta-data/instance-id': instanceId,
      'meta-data/instance-life-cycle': 'on-demand',
      'meta-data/instance-type': instanceType,
      'meta-data/local-hostname': name,
      'meta-data/local-ipv4': privateIp,
      'meta-data/mac': macOf(privateIp),
      'meta-data/placement/availability-zone': zone,
      'meta-data/placement/region': region,
      'meta-data/services/domain': 'amazonaws.com',
      'meta-data/services/partition': 'aws',
      'meta-data/iam/info': json({
        Code: 'Success',
        LastUpdated: time(now),
        InstanceProfileArn: `arn:aws:iam::${accountId}:instance-profile/${role}`,
        InstanceProfileId: `AIPA${fingerprint(role, 17)}`,
      }),
      [`meta-data/iam/security-credentials/${role}`]: json({
        Code: 'Success',
        LastUpdated: time(now),
        Type: 'AWS-HMAC',
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: token,
        Expiration: time(now + credentialsLifetime),
      }),
      'dynamic/instance-identity/document': json({
        accountId,
        architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
        availabilityZone: zone,
        imageId,
        instanceId,
        instanceType,
        privateIp,
        region,
        version: '2017-09-30',
      }),
    };
  }
}

/** The same for the same machine, so that who asks AWS is known by the access key. */
export function roleCredentials({ instanceId, autoScalingGroup }: Machine): RoleCredentials {
  return {
    role: autoScalingGroup ?? 'machine',
    ...instanceKeys(instanceId),
  };
}

function fingerprint(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').toUpperCase().slice(0, length);
}

function macOf(privateIp: string): string {
  return ['02', '00', ...privateIp.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
}

const json = (value: object) => JSON.stringify(value, null, 2);
const notFound = '<html><head><title>404 - Not Found</title></head><body><h1>404 - Not Found</h1></body></html>\n';

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain',
  length = Buffer.byteLength(body),
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': length }).end(body);
}
