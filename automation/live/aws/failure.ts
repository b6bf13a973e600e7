import { exitCode, UserError } from '../../../errors/index.ts';

const refusedCredentials = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);
const deniedActions = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']);
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'ETIMEDOUT', 'TimeoutError']);

/**
 * Makes a call to AWS, and of what AWS says no to an error for the operator.
 * @param action  IAM action, e.g. `autoscaling:DescribeAutoScalingGroups`: names the permission that is missing
 * @param where  object it is about, e.g. `Auto Scaling group demo-controller-a`
 */
export async function callAws<T>(action: string, where: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explain(error, action, where);
  }
}

/** AWS's error code: `ValidationError`, `InvalidVolume.NotFound`, ... */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function explain(error: unknown, action: string, where: string): unknown {
  if (error instanceof UserError) return error;
  const code = errorCode(error);
  const options = { where, cause: error, exitCode: exitCode.blocked };
  if (refusedCredentials.has(code))
    return new UserError(`AWS doesn't accept the credentials (${code}: ${errorMessage(error)})`, {
      ...options,
      fix: 'sign in again (`aws sso login`) or set AWS_PROFILE or AWS_ACCESS_KEY_ID, then run the same command again: it goes on where it stopped',
    });
  if (deniedActions.has(code))
    return new UserError(`AWS denies ${action} (${errorMessage(error)})`, {
      ...options,
      fix: `allow ${action} for the identity that \`aws sts get-caller-identity\` shows, then run the same command again`,
    });
  // The variable is the SDK's, which reads it itself.
  if (unreachable.has(code))
    return new UserError(`AWS can't be reached (${errorMessage(error) || code})`, {
      ...options,
      fix: process.env.AWS_ENDPOINT_URL
        ? `AWS_ENDPOINT_URL is ${process.env.AWS_ENDPOINT_URL}: is the sandbox still running? (\`kubezero sandbox status\`)`
        : 'check the network connection and AWS_REGION',
    });
  if (error instanceof Error && /region is missing/i.test(error.message))
    return new UserError('no AWS region is set', {
      ...options,
      fix: 'set AWS_REGION or the region of the AWS profile',
      exitCode: exitCode.usage,
    });
  return new UserError(`${action} failed: ${code}: ${errorMessage(error)}`, {
    ...options,
    fix: 'look at the object in AWS, then run the same command again: it goes on where it stopped',
  });
}
