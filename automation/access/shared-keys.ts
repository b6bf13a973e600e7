import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyPair } from '../../certificates/index.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { type ObjectAddress, readObject } from '../live/aws/index.ts';
import { registerSecret } from '../report/redacting.ts';

/** Where the first controller of a cluster puts the keys that all of them share. */
export function sharedKeysAddress(cluster: string, bucket: string, region?: string): ObjectAddress {
  return { bucket, key: `k8s/${cluster}/pki/shared-keys`, region };
}

/** Where controllers publish the certificate of the cluster's authority. */
export function authorityAddress(cluster: string, bucket: string, region?: string): ObjectAddress {
  return { bucket, key: `k8s/${cluster}/pki/ca.crt`, region };
}

/**
 * The cluster's authority (CA) with its key, from the bucket: whoever may read it may make anybody a member of the cluster.
 * Its key is registered as a secret, and belongs nowhere but in memory.
 * @returns undefined where the first controller hasn't made the keys yet.
 * @throws UserError where they can't be read, or aren't what they should be; never with anything of a key in it.
 */
export async function readAuthority(address: ObjectAddress): Promise<KeyPair | undefined> {
  let text: string | undefined;
  try {
    text = await readObject(address);
  } catch (error) {
    throw isDenied(error) ? keysDenied(address, error) : error;
  }
  return text === undefined ? undefined : parseAuthority(text, address);
}

/** AWS doesn't let the caller read it. */
export function isDenied(error: unknown): error is UserError {
  const { cause } = (error ?? {}) as { cause?: Error };
  return error instanceof UserError && (cause?.name === 'AccessDenied' || isDenied(cause));
}

function keysDenied(address: ObjectAddress, cause: UserError): UserError {
  return new UserError(`the cluster’s keys can’t be read: ${cause.message}`, {
    where: whereOf(address),
    state: 'nothing was changed; S3 says this of an object that isn’t there, too, to whoever may not list the bucket',
    fix: 'they are for administrators: s3:GetObject and s3:ListBucket of the bucket, kms:Decrypt with its key; others log in with --login aws-iam-authenticator, where it is on',
    exitCode: exitCode.blocked,
    cause,
  });
}

/** {@link readAuthority} of a text: lines of a file's name and its content in base64. */
export function parseAuthority(text: string, address: ObjectAddress): KeyPair {
  const files = filesOf(text, address);
  const take = (name: string) => {
    const content = files.get(name);
    if (content === undefined) throw malformed(address, `it has no ${name}`);
    return content;
  };
  const cert = take('ca.crt');
  const key = take('ca.key');
  const certificate = certificateOf(cert);
  if (!certificate?.ca) throw malformed(address, 'its ca.crt is no certificate of an authority');
  const privateKey = privateKeyOf(key);
  if (!privateKey) throw malformed(address, 'its ca.key is no RSA key');
  if (!certificate.checkPrivateKey(privateKey)) throw malformed(address, 'its ca.key belongs to another ca.crt');
  if (Date.parse(certificate.validTo) < Date.now())
    throw new UserError(`the cluster’s authority (CA) has expired on ${certificate.validTo}`, {
      where: whereOf(address),
      state: 'no certificate that it has issued is taken any more; nothing was changed',
      fix: 'renew the CA on a controller (`kubeadm init phase certs ca` with the old files moved away), then replace the keys in the bucket',
      exitCode: exitCode.blocked,
    });
  return { cert, key };
}

function filesOf(text: string, address: ObjectAddress): Map<string, string> {
  const files = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, name, base64] = /^(\S+)[ \t]+([A-Za-z0-9+/]+={0,2})\s*$/.exec(line) ?? [];
    if (!name || !base64) throw malformed(address, 'a line isn’t a file’s name and its content in base64');
    const content = Buffer.from(base64, 'base64').toString();
    if (name.endsWith('.key')) registerKey(content);
    files.set(name, content);
  }
  if (files.size === 0) throw malformed(address, 'it is empty');
  return files;
}

/**
 * As a whole and line by line: nothing of it is to be said even where a part is quoted. A key begins with what is in its
 * certificate too, which everybody may see.
 */
function registerKey(pem: string): void {
  registerSecret(pem);
  const lines = pem.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----'));
  for (const line of lines.slice(Math.ceil(lines.length / 3))) registerSecret(line);
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function privateKeyOf(pem: string): ReturnType<typeof createPrivateKey> | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}

function whereOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}

function malformed(address: ObjectAddress, what: string): UserError {
  return new UserError(`the cluster’s keys in the bucket aren’t what they should be: ${what}`, {
    where: whereOf(address),
    state: 'nothing was changed',
    fix: `look for an earlier version of the object: aws s3api list-object-versions --bucket ${address.bucket} --prefix ${address.key}`,
    exitCode: exitCode.blocked,
  });
}

/** For whoever needs the keys now. */
export function keysAbsent(cluster: string, address: ObjectAddress): UserError {
  return new UserError(`the keys of cluster ${cluster} aren’t in the bucket yet`, {
    where: whereOf(address),
    state: 'nothing was changed',
    fix: `the first controller makes them when it boots: kubezero up ${cluster} brings it up; its log is on its console (aws ec2 get-console-output --instance-id ...)`,
    exitCode: exitCode.blocked,
  });
}
