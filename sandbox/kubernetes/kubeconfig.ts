import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterAccess } from './client.ts';

/** Writes a kubeconfig for the cluster's administrator; its only context has the environment's name. */
export function writeKubeconfig(file: string, context: string, access: ClusterAccess): void {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  write(file, context, access, {
    cluster: { 'certificate-authority-data': base64(access.ca) },
    user: { 'client-certificate-data': base64(access.cert), 'client-key-data': base64(access.key) },
  });
}

/** The same, with keys and certificates read at each use from a directory where they may not be yet. */
export function writeKubeconfigOfFiles(
  file: string,
  context: string,
  access: Pick<ClusterAccess, 'host' | 'port' | 'serverName'>,
  pki: string,
): void {
  write(file, context, access, {
    cluster: { 'certificate-authority': join(pki, 'ca.crt') },
    user: { 'client-certificate': join(pki, 'admin.crt'), 'client-key': join(pki, 'admin.key') },
  });
}

function write(
  file: string,
  context: string,
  access: Pick<ClusterAccess, 'host' | 'port' | 'serverName'>,
  trust: { cluster: object; user: object },
): void {
  const server = `https://${access.host}:${access.port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server, 'tls-server-name': access.serverName, ...trust.cluster } }],
    users: [{ name: `${context}-admin`, user: trust.user }],
    contexts: [{ name: context, context: { cluster: context, user: `${context}-admin` } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}
