import type { IncomingMessage } from 'node:http';
import type { Account } from '../account.ts';
import { AwsError } from '../errors.ts';
import { type Caller, identify } from '../identities.ts';
import { createAlias, createKey, decrypt, type EncryptionContext, encrypt, findKey, keyOf } from '../keys.ts';
import type { Key } from '../storage.ts';
import type { Answer, Call } from './call.ts';

/** How `x-amz-target` of calls to KMS begins. */
export const kmsTarget = 'TrentService.';

/** Fields of a request. Binary ones are in base64. */
interface Input {
  KeyId?: string;
  Description?: string;
  AliasName?: string;
  TargetKeyId?: string;
  Plaintext?: string;
  CiphertextBlob?: string;
  EncryptionContext?: EncryptionContext;
  PendingWindowInDays?: number;
}

interface Request {
  account: Account;
  input: Input;
  /** Region whose endpoint it came to. */
  region: string;
}

type Output = Record<string, unknown> | undefined;

/** Bytes that a key encrypts at most. */
const longestPlaintext = 4096;

const operations: Record<string, (request: Request) => Output> = {
  CreateKey: ({ account, input }) => ({ KeyMetadata: metadata(account, createKey(account, input.Description)) }),

  CreateAlias({ account, input }) {
    createAlias(account, required(input, 'AliasName'), required(input, 'TargetKeyId'));
    return undefined;
  },

  DescribeKey: (request) => ({ KeyMetadata: metadata(request.account, named(request)) }),

  EnableKey: (request) => setState(named(request), 'Enabled'),

  DisableKey: (request) => setState(named(request), 'Disabled'),

  ScheduleKeyDeletion(request) {
    const days = request.input.PendingWindowInDays ?? 30;
    const key = named(request);
    setState(key, 'PendingDeletion');
    const DeletionDate = Math.floor(Date.now() / 1000) + days * 24 * 3600;
    return { KeyId: key.arn, KeyState: key.state, PendingWindowInDays: days, DeletionDate };
  },

  Encrypt(request) {
    const plaintext = Buffer.from(required(request.input, 'Plaintext'), 'base64');
    if (plaintext.length > longestPlaintext)
      throw invalid('plaintext', `Member must have length less than or equal to ${longestPlaintext}`);
    const key = named(request);
    const ciphertext = encrypt(key, plaintext, request.input.EncryptionContext);
    return { ...algorithm, CiphertextBlob: ciphertext.toString('base64'), KeyId: key.arn };
  },

  Decrypt(request) {
    const { account, input, region } = request;
    const ciphertext = Buffer.from(required(input, 'CiphertextBlob'), 'base64');
    const key = keyOf(account, ciphertext, region);
    if (input.KeyId !== undefined && named(request) !== key)
      throw new AwsError(
        'IncorrectKeyException',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    const plaintext = decrypt(key, ciphertext, input.EncryptionContext);
    return { ...algorithm, Plaintext: plaintext.toString('base64'), KeyId: key.arn };
  },
};

const algorithm = { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };

/** A call to KMS: symmetric keys, their aliases, and what is encrypted and decrypted with them. */
export function kmsCall(account: Account, incoming: IncomingMessage, body: Buffer, caller: Caller): Call {
  const name = String(incoming.headers['x-amz-target']).slice(kmsTarget.length);
  const answer = operations[name];
  if (!answer) throw new AwsError('UnknownOperationException', `The sandbox doesn't simulate kms:${name}.`);
  const input = parsed(body);
  const authorization = incoming.headers.authorization ?? '';
  const region = /\bCredential=[^/]+\/\d+\/([^/]+)\/kms\//.exec(authorization)?.[1] ?? account.region;
  return {
    operation: `kms:${name}`,
    resource: namesOf(account, input),
    answer: () => {
      checkCaller(account, caller);
      return asJson(answer({ account, input, region }));
    },
  };
}

function asJson(output: Output): Answer {
  return {
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: output === undefined ? '' : JSON.stringify(output),
  };
}

/** What a call is about, for faults: the key's ARN and aliases, or what it was called where there is none. */
function namesOf(account: Account, { KeyId, CiphertextBlob }: Input): string {
  try {
    const key =
      KeyId === undefined ? keyOf(account, Buffer.from(CiphertextBlob ?? '', 'base64')) : findKey(account, KeyId);
    const aliases = [...account.keyAliases].filter(([, id]) => id === key.id).map(([alias]) => alias);
    return [key.arn, ...aliases].join(' ');
  } catch {
    return KeyId ?? '';
  }
}

function named({ account, input, region }: Request): Key {
  return findKey(account, required(input, 'KeyId'), region);
}

function metadata(account: Account, { id, arn, description, createdAt, state }: Key) {
  return {
    AWSAccountId: account.id,
    KeyId: id,
    Arn: arn,
    CreationDate: createdAt.getTime() / 1000,
    Description: description,
    Enabled: state === 'Enabled',
    KeyState: state,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  };
}

function setState(key: Key, state: Key['state']): undefined {
  if (key.state === 'PendingDeletion')
    throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  key.state = state;
}

/** @returns a field that has to be there */
function required(input: Input, name: 'KeyId' | 'AliasName' | 'TargetKeyId' | 'Plaintext' | 'CiphertextBlob'): string {
  const value = input[name];
  if (typeof value !== 'string') throw invalid(name, 'Member must not be null');
  return value;
}

function invalid(name: string, constraint: string): AwsError {
  const field = name.charAt(0).toLowerCase() + name.slice(1);
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: ${constraint}`,
  );
}

function parsed(body: Buffer): Input {
  try {
    return JSON.parse(body.toString('utf8') || '{}');
  } catch {
    throw new AwsError('SerializationException', '');
  }
}

/** The words of services that speak JSON for credentials that aren't any. */
function checkCaller(account: Account, caller: Caller): void {
  try {
    identify(account, caller);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const codes: Record<string, string> = {
      InvalidClientTokenId: 'UnrecognizedClientException',
      ExpiredToken: 'ExpiredTokenException',
      MissingAuthenticationToken: 'MissingAuthenticationTokenException',
    };
    throw new AwsError(codes[error.code] ?? error.code, error.message);
  }
}
