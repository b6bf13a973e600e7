import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, parseDocument } from 'yaml';
import { UserError } from '../../errors/index.ts';
import { run } from '../processes.ts';

/** Runs kubeadm inside a machine's root directory; returns its standard output. */
export interface Kubeadm {
  (version: string, root: string, args: string[], signal?: AbortSignal): Promise<string>;
  /** The command that runs it with `--rootfs`, for those who run it themselves. */
  command(version: string): string[];
}

/**
 * Finds out how kubeadm can be given a root directory here: `kubeadm --rootfs` calls chroot, which root may do, and an
 * ordinary user in a user namespace of its own.
 * @throws UserError naming what is missing where neither works.
 */
export async function findKubeadm(
  path: (version: string) => string,
  probeVersion: string,
  directory: string,
): Promise<Kubeadm> {
  mkdirSync(directory, { recursive: true });
  const errors: string[] = [];
  for (const prefix of [[], ['unshare', '--user', '--map-root-user']]) {
    const [command = '', ...args] = [...prefix, path(probeVersion), 'version', '--rootfs', directory, '-o', 'short'];
    try {
      await run(command, args);
      return Object.assign(
        (version: string, root: string, phase: string[], signal?: AbortSignal) =>
          runKubeadm(prefix, path(version), root, phase, signal),
        { command: (version: string) => [...prefix, path(version)] },
      );
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  throw new UserError('kubeadm can’t be given a root directory of its own on this machine', {
    where: errors.join('; '),
    fix: 'run as root (with CAP_SYS_CHROOT in a container), or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 and, on Ubuntu 24.04, kernel.apparmor_restrict_unprivileged_userns=0',
    state: 'no process was left running',
  });
}

async function runKubeadm(prefix: string[], kubeadm: string, root: string, phase: string[], signal?: AbortSignal) {
  const [command = '', ...args] = [...prefix, kubeadm, ...phase, '--rootfs', root];
  const { stdout } = await run(command, args, { timeoutSeconds: 120, signal, env: { KUBECONFIG: '' } });
  return stdout.trim();
}

export interface KubeconfigRewrite {
  /** Server of the machine's own API server, by its loopback address. */
  localServer: string;
  /** Private address that stands for it in what kubeadm wrote. */
  privateAddress: string;
  /** Server for everything else: the API address. */
  sharedServer: string;
  /** Host of the API endpoint, which the API servers' certificates name. */
  serverName: string;
}

/** Points the kubeconfigs that kubeadm wrote at addresses of this machine. */
export function rewriteKubeconfigs(directory: string, rewrite: KubeconfigRewrite): void {
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.conf'))) {
    const file = join(directory, name);
    const document = parseDocument(readFileSync(file, 'utf8'));
    const server = String(document.getIn(['clusters', 0, 'cluster', 'server']));
    if (server.includes(rewrite.privateAddress)) {
      document.setIn(['clusters', 0, 'cluster', 'server'], rewrite.localServer);
    } else {
      document.setIn(['clusters', 0, 'cluster', 'server'], rewrite.sharedServer);
      document.setIn(['clusters', 0, 'cluster', 'tls-server-name'], rewrite.serverName);
    }
    writeFileSync(file, document.toString({ lineWidth: 0 }), { mode: 0o600 });
  }
}

/** Flags that kubeadm writes down for the kubelet (`kubelet-start` phase), by name. */
export function kubeletFlags(root: string): Record<string, string> {
  const file = join(root, 'var/lib/kubelet/kubeadm-flags.env');
  if (!existsSync(file)) return {};
  const [, flags = ''] = /KUBELET_KUBEADM_ARGS="(.*)"/.exec(readFileSync(file, 'utf8')) ?? [];
  return Object.fromEntries([...flags.matchAll(/--([\w-]+)=(\S*)/g)].map(([, name, value]) => [name, value]));
}

/** Registration of a kubeadm configuration's node: kubelet flags and taints of its Init- or JoinConfiguration. */
export function nodeRegistration(text: string): {
  flags: Record<string, string>;
  taints: { key: string; value?: string; effect: string }[];
} {
  for (const document of text.split(/^---$/m)) {
    const content = parse(document) as { kind?: string; nodeRegistration?: Record<string, unknown> } | null;
    if (content?.kind !== 'InitConfiguration' && content?.kind !== 'JoinConfiguration') continue;
    const { kubeletExtraArgs = {}, taints = [] } = content.nodeRegistration ?? {};
    return { flags: kubeletExtraArgs as Record<string, string>, taints: taints as [] };
  }
  return { flags: {}, taints: [] };
}

/**
 * Adds this machine's loopback address to the names in the certificates that kubeadm makes: processes reach each other
 * by it (addresses.ts). The one thing that the sandbox changes in a kubeadm configuration.
 */
export function withCertificateNames(kubeadmConfig: string, names: string[]): string {
  const documents = parseAllDocuments(kubeadmConfig);
  for (const document of documents) {
    if (document.get('kind') !== 'ClusterConfiguration') continue;
    for (const path of [
      ['apiServer', 'certSANs'],
      ['etcd', 'local', 'serverCertSANs'],
      ['etcd', 'local', 'peerCertSANs'],
    ]) {
      const present = (document.toJS() as Record<string, unknown>) ?? {};
      const existing = path.reduce<unknown>(
        (value, key) => (value as Record<string, unknown> | undefined)?.[key],
        present,
      );
      document.setIn(path, [...new Set([...((existing as string[] | undefined) ?? []), ...names])]);
    }
  }
  return documents.map((document) => document.toString({ lineWidth: 0 }).replace(/^---\n/, '')).join('---\n');
}
