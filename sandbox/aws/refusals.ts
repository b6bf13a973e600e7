import type { AwsRefusal } from '../faults.ts';
import { AwsError } from './errors.ts';

/**
 * AWS's own words for a refusal, which differ by service.
 * @param operation e.g. `s3:GetObject`
 * @param resource what the call is about; some services say so
 */
export function refusalOf(operation: string, kind: AwsRefusal, resource = '*'): AwsError {
  const [code, message, status] = (words[operation.split(':')[0] ?? ''] ?? otherWords)[kind];
  const [first = '*'] = resource.split(' ');
  return new AwsError(code, message.replaceAll('{operation}', operation).replaceAll('{resource}', first), status);
}

type Words = Record<AwsRefusal, [code: string, message: string, status: number]>;

const otherWords: Words = {
  denied: ['AccessDenied', 'User is not authorized to perform this operation', 403],
  throttled: ['Throttling', 'Rate exceeded', 400],
  unavailable: ['InternalFailure', 'An internal error has occurred', 500],
  expired: ['ExpiredToken', 'The security token included in the request is expired', 403],
};

const words: Record<string, Words> = {
  s3: {
    denied: ['AccessDenied', 'Access Denied', 403],
    throttled: ['SlowDown', 'Please reduce your request rate.', 503],
    unavailable: ['InternalError', 'We encountered an internal error. Please try again.', 500],
    expired: ['ExpiredToken', 'The provided token has expired.', 400],
  },
  kms: {
    denied: [
      'AccessDeniedException',
      'User: arn:aws:iam::111122223333:user/sandbox is not authorized to perform: {operation} on resource: {resource} because no identity-based policy allows the {operation} action',
      400,
    ],
    throttled: [
      'ThrottlingException',
      'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      400,
    ],
    unavailable: ['KMSInternalException', 'The request was rejected because an internal exception occurred.', 500],
    expired: ['ExpiredTokenException', 'The security token included in the request is expired', 400],
  },
  ec2: {
    denied: ['UnauthorizedOperation', 'You are not authorized to perform this operation.', 403],
    throttled: ['RequestLimitExceeded', 'Request limit exceeded.', 503],
    unavailable: ['InternalError', 'An internal error has occurred', 500],
    expired: ['RequestExpired', 'Request has expired.', 400],
  },
};
