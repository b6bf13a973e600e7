/** What the operator is told where the backend that keeps states, or the key of their secrets, can't be used. */
export interface BackendProblem {
  message: string;
  fix: string;
  /** What has changed, as far as the engine's message tells. */
  state: string;
}

interface Kind {
  /** Of what the engine says, which is what the AWS SDK says: words change, error codes don't. */
  says: RegExp;
  message: string;
  fix: string;
}

const untouched = 'nothing was touched';

/** The first that fits counts: a failure in the middle of an update before what caused it. */
const ofSecrets: Kind[] = [
  {
    says: /DisabledException/,
    message: 'the KMS key that encrypts the secrets of its state is disabled',
    fix: 'enable it (aws kms enable-key), then run the same command again',
  },
  {
    says: /KMSInvalidStateException/,
    message: 'the KMS key that encrypts the secrets of its state is about to be deleted',
    fix: 'keep it (aws kms cancel-key-deletion, then aws kms enable-key): without it the secrets in the state are lost',
  },
  {
    says: /NotFoundException|ciphertext refers to/,
    message: 'the KMS key that encrypts the secrets of its state isn’t there, or is in another account or region',
    fix: 'check the key that `secretsProvider` in environment.yaml and `secretsprovider` in the stack’s file name, its region, and whose credentials these are',
  },
  {
    says: /ThrottlingException|LimitExceeded/,
    message: 'KMS takes no more requests at the moment',
    fix: 'run the same command again in a minute',
  },
  {
    says: /AccessDenied/,
    message: 'these credentials may not use the KMS key that encrypts the secrets of its state',
    fix: 'allow kms:Encrypt and kms:Decrypt on that key, in its policy and for this role',
  },
];

const ofStates: Kind[] = [
  {
    says: /NoSuchBucket|code=NotFound\): operation error S3: ListObjects/,
    message: 'the bucket that keeps the states isn’t there',
    fix: 'check PULUMI_BACKEND_URL, and whose credentials these are; nothing makes that bucket by itself',
  },
  {
    says: /PermanentRedirect|MovedPermanently|AuthorizationHeaderMalformed/,
    message: 'the bucket that keeps the states is in another region',
    fix: 'give its region in PULUMI_BACKEND_URL: s3://<bucket>?region=<region>',
  },
  {
    says: /Invalid region/,
    message: 'the region of the bucket that keeps the states isn’t known',
    fix: 'give it in PULUMI_BACKEND_URL: s3://<bucket>?region=<region>, or set AWS_REGION',
  },
  {
    says: /operation error S3: (?:PutObject|DeleteObject|CopyObject|UploadPart)[\s\S]*(?:AccessDenied|PermissionDenied|Forbidden)/,
    message: 'these credentials may read the bucket that keeps the states, but not write to it',
    fix: 'allow s3:PutObject and s3:DeleteObject on its objects, then run the same command again',
  },
  {
    says: /operation error S3[\s\S]*(?:AccessDenied|PermissionDenied|Forbidden)/,
    message: 'these credentials may not read the bucket that keeps the states',
    fix: 'check whose credentials these are; allow s3:ListBucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects',
  },
  {
    says: /SlowDown|InternalError|InternalServerError|ServiceUnavailable|exceeded maximum number of attempts|request send failed|dial tcp/,
    message: 'the bucket that keeps the states didn’t answer, or took no more requests',
    fix: 'run the same command again once it does',
  },
];

const ofBoth: Kind[] = [
  {
    says: /Expired(?:Token|TokenException)\b|RequestExpired/,
    message: 'the AWS credentials have expired',
    fix: 'log in again, then run the same command again',
  },
  {
    says: /get credentials:|NoCredentialProviders/,
    message: 'there are no AWS credentials',
    fix: 'log in, or set AWS_PROFILE; then run the same command again',
  },
];

/**
 * Whether it is the backend that the engine speaks of: resources of S3 and KMS fail with the same codes. The last is what it says
 * where it may not write its lock.
 */
const ofBackend =
  /\.pulumi\/|secrets manager|list(?:ing)? (?:stacks|bucket)|save snapshot|errors occurred:\s+1\) operation error S3/;

/** What is wrong with the backend, by what the engine says; undefined where it says nothing of it. */
export function backendProblem(text: string): BackendProblem | undefined {
  const service = /operation error (S3|KMS)\b/.exec(text)?.[1];
  if (!service || !ofBackend.test(text)) return undefined;
  const kinds = [...ofBoth, ...(service === 'KMS' ? ofSecrets : ofStates)];
  const found = kinds.find(({ says }) => says.test(text));
  if (!found) return undefined;
  const { message, fix } = found;
  return { message, ...afterwards(text, fix) };
}

/** A state that couldn't be written any more is older than the world; most other requests come before anything is done. */
function afterwards(text: string, fix: string): { state: string; fix: string } {
  if (/saving (?:update info|backup)/.test(text))
    return { state: 'the update is done and its state is saved; only its entry in the history isn’t', fix };
  const unsaved = /failed to save snapshot|writing snapshot/.test(text);
  const locked = /problem deleting the lock/.test(text);
  if (!unsaved && !locked) return { state: untouched, fix };
  const state = unsaved
    ? 'what the update changed last is in the account or the cluster, but not in the state; what it changed before is in both'
    : 'the update came to its end, but the stack is still locked';
  // Every object of ours is found again: those in the cluster are applied, those in AWS by their names.
  const steps = [
    ...(locked ? ['`pulumi cancel` takes the lock away'] : []),
    ...(unsaved ? ['the next run goes on from what is there; `kubezero drift` shows what the state doesn’t know'] : []),
  ];
  return { state, fix: `${fix}; ${steps.join('; ')}` };
}
