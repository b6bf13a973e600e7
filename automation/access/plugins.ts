import { join } from 'node:path';
import type { Environment } from '../../environment/environment.ts';
import { asOf } from '../../releases/range.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import type { CredentialPlugin } from './kubeconfig.ts';

const group = 'client.authentication.k8s.io';

/**
 * Version of the plugin protocol that a release's aws-iam-authenticator speaks: 0.5.3 only v1alpha1, later ones v1beta1. The
 * client's is to be the release's, too.
 */
const authenticatorVersions = { '1.21': `${group}/v1alpha1`, '1.22': `${group}/v1beta1` };

/** Logs in with the IAM role of cluster administrators, or without one in environment.yaml with whatever is in use. */
export function authenticatorPlugin(
  { name, awsIamAuthenticator }: Pick<Environment, 'name' | 'awsIamAuthenticator'>,
  release: ReleaseId,
): CredentialPlugin {
  const role = awsIamAuthenticator.adminRole;
  return {
    apiVersion: asOf({ id: release }, authenticatorVersions),
    command: 'aws-iam-authenticator',
    args: ['token', '-i', name, ...(role ? ['-r', role] : [])],
    installHint: 'aws-iam-authenticator is needed on PATH: https://github.com/kubernetes-sigs/aws-iam-authenticator',
  };
}

/** How this command is started: as a file on its own, or by the Node.js that runs now. */
export type Start = 'file' | 'this-node';

/** Logs in with a certificate that this command makes from the cluster's authority whenever a client asks. */
export function certificatePlugin(
  environment: Pick<Environment, 'name' | 'region'>,
  bucket: string,
  start: Start = 'file',
): CredentialPlugin {
  const file = join(repositoryRoot, 'bin/kubezero.js');
  const args = ['kubeconfig', environment.name, '--credential', '--bucket', bucket, '--region', environment.region];
  return {
    apiVersion: `${group}/v1beta1`,
    ...(start === 'file' ? { command: file, args } : { command: process.execPath, args: [file, ...args] }),
  };
}
