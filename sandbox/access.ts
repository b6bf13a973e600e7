import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issue } from '../certificates/index.ts';
import type { ClusterAccess } from './kubernetes/client.ts';
import { apiAddress } from './machines/addresses.ts';
import { readAuthority } from './machines/pki.ts';

/** What the sandbox itself, and its kubeconfig, log in with. */
export async function issueAdministrators(directory: string): Promise<void> {
  const write = async (name: string, pair: Promise<{ cert: string; key: string }>) => {
    const { cert, key } = await pair;
    writeFileSync(join(directory, `${name}.crt`), cert);
    writeFileSync(join(directory, `${name}.key`), key, { mode: 0o600 });
  };
  const admin = { commonName: 'kubernetes-admin', organization: 'system:masters', usage: 'client' } as const;
  await write('admin', issue(readAuthority(directory, 'ca'), admin));
  await write('etcd-client', issue(readAuthority(directory, 'etcd/ca'), admin));
}

/**
 * Brings the cluster's authorities here once a real controller has made them, and issues what the sandbox logs in with.
 * @returns what ends it
 */
export function keepAccess(directory: string, read: (path: string) => string | undefined): () => void {
  const files = ['ca.crt', 'ca.key', 'etcd/ca.crt', 'etcd/ca.key'];
  const timer = setInterval(() => {
    const found = files.map((file) => [file, read(`/etc/kubernetes/pki/${file}`)] as const);
    if (found.some(([, content]) => content === undefined)) return;
    clearInterval(timer);
    mkdirSync(join(directory, 'etcd'), { recursive: true });
    for (const [file, content = ''] of found) writeFileSync(join(directory, file), content, { mode: 0o600 });
    void issueAdministrators(directory);
  }, 500);
  return () => clearInterval(timer);
}

/** How the sandbox reaches its own cluster. Read at each use: on real machines the keys come to be only when the cluster is founded. */
export function clusterAccess(pki: string, number: number): ClusterAccess {
  const read = (name: string) => readFileSync(join(pki, name), 'utf8');
  const kept: Record<string, string> = {};
  const file = (name: string) => {
    kept[name] ??= read(name);
    return kept[name];
  };
  return {
    host: apiAddress(number),
    port: 6443,
    // In every API server's certificate, whatever the environment's domain.
    serverName: 'kubernetes',
    get ca() {
      return file('ca.crt');
    },
    get cert() {
      return file('admin.crt');
    },
    get key() {
      return file('admin.key');
    },
  };
}
