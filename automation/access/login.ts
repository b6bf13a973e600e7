import type { Environment } from '../../environment/environment.ts';
import type { ModulesOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import { releaseIds } from '../../releases/release.ts';
import { type ObjectAddress, readObject } from '../live/aws/index.ts';
import type { Wait } from '../live/kubernetes/health.ts';
import type { CredentialPlugin } from './kubeconfig.ts';
import { authenticatorPlugin, certificatePlugin } from './plugins.ts';
import { isOnPath } from './session.ts';
import { authorityAddress, isDenied, readAuthority, sharedKeysAddress } from './shared-keys.ts';

/** Who this command logs in as, and who it believes to be the cluster. */
export interface OwnLogin {
  /** Certificate of the cluster's authority, PEM. */
  ca: string;
  plugin: CredentialPlugin;
}

/**
 * How this command itself logs in: with a certificate of its own making, since nothing in the cluster need run for that. By
 * aws-iam-authenticator where the keys aren't for the caller's eyes, once the modules are there and it runs.
 * @returns what to wait for, where the cluster has no keys yet.
 * @throws UserError where the keys can't be read, or aren't what they should be.
 */
export async function logIn(
  environment: Environment,
  bucket: string,
  modules: ModulesOutputs | undefined,
): Promise<OwnLogin | Wait> {
  const { name, region, awsIamAuthenticator } = environment;
  const address = sharedKeysAddress(name, bucket, region);
  try {
    const authority = await readAuthority(address);
    if (!authority) return { object: whereOf(address), reason: 'not there yet: the first controller makes the keys' };
    return { ca: authority.cert, plugin: certificatePlugin(environment, bucket, 'this-node') };
  } catch (error) {
    const addons = modules?.releases.addons;
    if (!isDenied(error) || !awsIamAuthenticator.enabled || !addons || !isOnPath('aws-iam-authenticator')) throw error;
    const ca = await readCertificate(authorityAddress(name, bucket, region));
    // Clients of today, the engine's among them, take nothing older from a plugin.
    if (ca !== undefined) return { ca, plugin: authenticatorPlugin(environment, releaseIds.at(-1)!) };
    throw error;
  }
}

/**
 * The certificate of the cluster's authority, as controllers publish it; undefined where they haven't.
 * @throws UserError where it can't be read, or is no certificate
 */
export async function readCertificate(address: ObjectAddress): Promise<string | undefined> {
  const text = await readObject(address);
  if (text === undefined || /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/.test(text))
    return text;
  throw new UserError('the certificate of the cluster’s authority in the bucket is no certificate', {
    where: whereOf(address),
    state: 'nothing was changed',
    fix: 'controllers publish it again within the hour; see the boot log on their console',
    exitCode: exitCode.blocked,
  });
}

function whereOf({ bucket, key }: ObjectAddress): string {
  return `s3://${bucket}/${key}`;
}
