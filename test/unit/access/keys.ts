import { createAuthority, type KeyPair } from '../../../certificates/index.ts';

/** An object with the keys of a cluster, as the first controller packs them. */
export function packedKeys(files: Record<string, string>): string {
  return Object.entries(files)
    .map(([name, content]) => `${name} ${Buffer.from(content).toString('base64')}\n`)
    .join('');
}

/** The keys of a cluster, and the object with them. */
export async function clusterKeys(): Promise<{ authority: KeyPair; object: string }> {
  const [authority, etcd] = await Promise.all([createAuthority('kubernetes'), createAuthority('etcd-ca')]);
  return {
    authority,
    object: packedKeys({
      'ca.crt': authority.cert,
      'ca.key': authority.key,
      'etcd/ca.crt': etcd.cert,
      'etcd/ca.key': etcd.key,
    }),
  };
}
