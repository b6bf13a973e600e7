import { createHash } from 'node:crypto';
import type { Account, RoleSession } from './account.ts';
import { AwsError } from './errors.ts';
import type { Properties } from './provider/values.ts';

/** Who calls an API, as a request's headers have it. */
export interface Caller {
  /** Absent: the request isn't signed. */
  accessKeyId?: string;
  sessionToken?: string;
}

export interface Role {
  name: string;
  id: string;
  properties: Properties;
}

export interface Identity {
  arn: string;
  userId: string;
}

/** The id that IAM gives a role, the same for the same name. */
export function roleId(name: string): string {
  return `AROA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(0, 17)}`;
}

export function roleOf(account: Account, arn: string): Role | undefined {
  const name = arn.split('/').at(-1) ?? '';
  const properties: Properties | undefined = account.resources.get('aws:iam/role:Role')?.get(name);
  const isThatRole = account.arn('iam', `role${properties?.path ?? '/'}${name}`, { region: false }) === arn;
  return properties && isThatRole ? { name, id: roleId(name), properties } : undefined;
}

/** What an instance's metadata gives it, the same at any time: who asks is known by the access key. */
export function instanceKeys(instanceId: string): { accessKeyId: string; secretAccessKey: string; token: string } {
  return {
    accessKeyId: `ASIA${fingerprint(instanceId, 16)}`,
    secretAccessKey: `secret-${fingerprint(`secret ${instanceId}`, 33)}`,
    token: `token-${instanceId}`,
  };
}

/** Who calls: a role that was taken on, an instance, or whoever's own keys are in use. @throws AwsError for keys of nobody */
export function identify(account: Account, { accessKeyId, sessionToken }: Caller): Identity {
  if (accessKeyId === undefined)
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  // Keys of users begin differently, and the sandbox takes any.
  if (!accessKeyId.startsWith('ASIA'))
    return { arn: account.arn('iam', 'user/sandbox', { region: false }), userId: 'AIDASANDBOX' };
  const session = account.sessions.get(accessKeyId) ?? instanceSession(account, accessKeyId);
  if (!session || session.token !== sessionToken)
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  if (session.expires && session.expires.getTime() <= Date.now())
    throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
  return { arn: session.arn, userId: session.userId };
}

export function sessionArn(account: Account, role: string, session: string): string {
  return account.arn('sts', `assumed-role/${role}/${session}`, { region: false });
}

function instanceSession(account: Account, accessKeyId: string): RoleSession | undefined {
  const instance = [...account.instances.values()].find(({ id }) => instanceKeys(id).accessKeyId === accessKeyId);
  if (!instance || instance.state === 'terminated') return undefined;
  const templates = account.resources.get('aws:ec2/launchTemplate:LaunchTemplate');
  const template: Properties | undefined = templates?.get(instance.launchTemplate?.id ?? '');
  const { arn = '', name = String(arn).split('/').at(-1) } = template?.iamInstanceProfile ?? {};
  const role = account.resources.get('aws:iam/instanceProfile:InstanceProfile')?.get(name)?.role;
  // Without a profile an instance has no keys at all.
  if (typeof role !== 'string') return undefined;
  return {
    arn: sessionArn(account, role, instance.id),
    userId: `${roleId(role)}:${instance.id}`,
    token: instanceKeys(instance.id).token,
  };
}

function fingerprint(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').toUpperCase().slice(0, length);
}
