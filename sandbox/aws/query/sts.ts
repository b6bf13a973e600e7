import { randomBytes } from 'node:crypto';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import { identify, roleOf, sessionArn } from '../identities.ts';
import { allows } from '../policies.ts';
import { verifyWebIdentity } from '../web-identity.ts';
import type { Action } from './action.ts';
import { number, type Parameters, text } from './protocol.ts';

/** Seconds. */
const shortestSession = 900;
const defaultDuration = 3600;

export const stsActions: Record<string, Action> = {
  GetCallerIdentity: (account, _parameters, caller) => {
    const { arn, userId } = identify(account, caller);
    return { Arn: arn, UserId: userId, Account: account.id };
  },

  // Called without credentials: the token proves who asks.
  AssumeRoleWithWebIdentity: (account, parameters) => {
    const arn = required(parameters, 'RoleArn', /^arn:aws:iam::\d{12}:role\/\S+$/);
    const name = required(parameters, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/);
    const identity = verifyWebIdentity(account, required(parameters, 'WebIdentityToken', /./));
    const role = roleOf(account, arn);
    const isTrusted =
      role &&
      allows(String(role.properties.assumeRolePolicy), {
        action: 'sts:AssumeRoleWithWebIdentity',
        principal: ['Federated', identity.provider],
        context: {
          [`${identity.issuer}:sub`.toLowerCase()]: identity.subject,
          [`${identity.issuer}:aud`.toLowerCase()]: identity.audience,
        },
      });
    // AWS doesn't tell a role that isn't there from one that doesn't trust the caller.
    if (!isTrusted) throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
    const session = {
      arn: sessionArn(account, role.name, name),
      userId: `${role.id}:${name}`,
      token: randomBytes(300).toString('base64'),
      expires: new Date(Date.now() + 1000 * durationOf(parameters, role.properties.maxSessionDuration)),
    };
    const accessKeyId = newAccessKeyId(account);
    account.sessions.set(accessKeyId, session);
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: randomBytes(30).toString('base64'),
        SessionToken: session.token,
        Expiration: session.expires,
      },
      AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
      SubjectFromWebIdentityToken: identity.subject,
      Provider: identity.provider,
      Audience: identity.audience,
    };
  },
};

function required(parameters: Parameters, name: string, pattern: RegExp): string {
  const value = text(parameters, name);
  if (value !== undefined && pattern.test(value)) return value;
  const [given, constraint] =
    value === undefined
      ? ['null', 'Member must not be null']
      : [`'${value}'`, `Member must satisfy regular expression pattern: ${pattern.source}`];
  throw violation(name, given, constraint);
}

function durationOf(parameters: Parameters, longest = defaultDuration): number {
  const seconds = number(parameters, 'DurationSeconds') ?? defaultDuration;
  if (!(seconds >= shortestSession))
    throw violation(
      'DurationSeconds',
      `'${seconds}'`,
      `Member must have value greater than or equal to ${shortestSession}`,
    );
  if (seconds > longest)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
  return seconds;
}

function violation(name: string, given: string, constraint: string): AwsError {
  const field = name.charAt(0).toLowerCase() + name.slice(1);
  return new AwsError(
    'ValidationError',
    `1 validation error detected: Value ${given} at '${field}' failed to satisfy constraint: ${constraint}`,
  );
}

function newAccessKeyId(account: Account): string {
  const id = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
  return account.sessions.has(id) ? newAccessKeyId(account) : id;
}
