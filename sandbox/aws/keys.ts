import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { Account } from './account.ts';
import { AwsError } from './errors.ts';
import type { Key } from './storage.ts';

/** What a ciphertext is bound to: it is decrypted with the same only. */
export type EncryptionContext = Record<string, string>;

const [idLength, ivLength, tagLength] = [16, 12, 16];

/** @param id  default: a new one */
export function createKey(account: Account, description = '', id: string = randomUUID()): Key {
  const arn = account.arn('kms', `key/${id}`);
  const key: Key = { id, arn, description, createdAt: new Date(), state: 'Enabled', material: randomBytes(32) };
  account.keys.set(id, key);
  return key;
}

export function createAlias(account: Account, name: string, target: string): void {
  if (!/^alias\/[\w/-]+$/.test(name))
    throw new AwsError('ValidationException', `Alias name is invalid: ${name}. It has to begin with alias/.`);
  if (account.keyAliases.has(name))
    throw new AwsError('AlreadyExistsException', `An alias with the name ${account.arn('kms', name)} already exists`);
  account.keyAliases.set(name, findKey(account, target).id);
}

/**
 * @param name  id or ARN of the key, or of an alias of it
 * @param region  where it is asked for; keys of another aren't there
 * @throws AwsError NotFoundException
 */
export function findKey(account: Account, name: string, region = account.region): Key {
  const [, arnRegion, resource = name] = /^arn:aws:kms:([^:]*):\d*:(.+)$/.exec(name) ?? [];
  if (arnRegion !== undefined && arnRegion !== region) throw notFound(`Invalid arn ${arnRegion}`);
  const here = (what: string) => account.arn('kms', what).replace(`:${account.region}:`, `:${region}:`);
  const isAlias = resource.startsWith('alias/');
  const id = isAlias ? account.keyAliases.get(resource) : resource.replace(/^key\//, '');
  const key = region === account.region ? account.keys.get(id ?? '') : undefined;
  if (key) return key;
  if (isAlias) throw notFound(`Alias ${here(resource)} is not found.`);
  if (!/^[0-9a-f-]{36}$/.test(id ?? '')) throw notFound(`Invalid keyId '${id}'`);
  throw notFound(`Key '${here(`key/${id}`)}' does not exist`);
}

export function encrypt(key: Key, plaintext: Buffer, context: EncryptionContext = {}): Buffer {
  checkUsable(key);
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv('aes-256-gcm', key.material, iv).setAAD(authenticated(key.id, context));
  const content = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id.replaceAll('-', ''), 'hex'), iv, cipher.getAuthTag(), content]);
}

/** The key that something was encrypted with: a ciphertext says which. @throws AwsError where none of this account's did it. */
export function keyOf(account: Account, ciphertext: Buffer, region = account.region): Key {
  if (ciphertext.length <= idLength + ivLength + tagLength) throw invalidCiphertext();
  const id = ciphertext.toString('hex', 0, idLength).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const key = region === account.region ? account.keys.get(id) : undefined;
  if (key) return key;
  throw new AwsError(
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );
}

/** @throws AwsError InvalidCiphertextException where it was changed, or encrypted with another context */
export function decrypt(key: Key, ciphertext: Buffer, context: EncryptionContext = {}): Buffer {
  checkUsable(key);
  const [tagAt, contentAt] = [idLength + ivLength, idLength + ivLength + tagLength];
  const iv = ciphertext.subarray(idLength, tagAt);
  const decipher = createDecipheriv('aes-256-gcm', key.material, iv).setAAD(authenticated(key.id, context));
  decipher.setAuthTag(ciphertext.subarray(tagAt, contentAt));
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(contentAt)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

function authenticated(id: string, context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify([id, Object.entries(context).sort()]));
}

function checkUsable({ arn, state }: Key): void {
  if (state === 'Disabled') throw new AwsError('DisabledException', `${arn} is disabled.`);
  if (state === 'PendingDeletion') throw new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`);
}

/** KMS doesn't say what is wrong with it. */
function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}

function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message);
}
