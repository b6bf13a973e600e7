import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ClusterAccess } from './client.ts';

/** Writes a kubeconfig for the cluster's administrator; its only context has the environment's name. */
export function writeKubeconfig(file: string, context: string, access: ClusterAccess): void {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        cluster: {
          server: `https://${access.host}:${access.port}`,
          'tls-server-name': access.serverName,
          'certificate-authority-data': base64(access.ca),
        },
      },
    ],
    users: [
      {
        name: `${context}-admin`,
        user: { 'client-certificate-data': base64(access.cert), 'client-key-data': base64(access.key) },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: `${context}-admin` } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}
