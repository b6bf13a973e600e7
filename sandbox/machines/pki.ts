import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, type KeyPair, newServiceAccountKeys } from '../../certificates/index.ts';

/** Files of the PKI that all controllers of a cluster share, below /etc/kubernetes/pki. */
export const sharedPkiFiles = [
  'ca.crt',
  'ca.key',
  'etcd/ca.crt',
  'etcd/ca.key',
  'front-proxy-ca.crt',
  'front-proxy-ca.key',
  'sa.key',
  'sa.pub',
] as const;

/**
 * Makes the CAs and service account keys of the cluster, as `kubeadm init phase certs` would on the first controller.
 * They are made when the sandbox starts, so that its kubeconfig is good from the start; the first controller takes them
 * from here where a real one would make its own.
 */
export async function createSharedPki(directory: string): Promise<void> {
  mkdirSync(join(directory, 'etcd'), { recursive: true });
  const write = (name: string, content: string) => writeFileSync(join(directory, name), content, { mode: 0o600 });
  const authorities = { ca: 'kubernetes', 'etcd/ca': 'etcd-ca', 'front-proxy-ca': 'front-proxy-ca' };
  for (const [file, commonName] of Object.entries(authorities)) {
    const pair = await createAuthority(commonName);
    write(`${file}.crt`, pair.cert);
    write(`${file}.key`, pair.key);
  }
  const serviceAccount = newServiceAccountKeys();
  write('sa.key', serviceAccount.private);
  write('sa.pub', serviceAccount.public);
}

/** The authority of that name (`ca`, `etcd/ca`, `front-proxy-ca`) in a PKI directory. */
export function readAuthority(directory: string, name: string): KeyPair {
  return {
    cert: readFileSync(join(directory, `${name}.crt`), 'utf8'),
    key: readFileSync(join(directory, `${name}.key`), 'utf8'),
  };
}
