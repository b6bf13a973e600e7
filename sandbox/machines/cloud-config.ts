import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The part of cloud-init's `#cloud-config` that our machines use: files, then commands in order. */
export interface CloudConfig {
  files: { path: string; content: string; mode: number }[];
  commands: string[][];
}

/** @throws Error saying what is wrong with the user data; cloud-init would boot the machine without it. */
export function parseCloudConfig(userData: string): CloudConfig {
  if (!/^#cloud-config\s*$/m.test(userData.split('\n')[0] ?? '')) throw new Error('user data is no #cloud-config');
  const { write_files = [], runcmd = [] } = (parse(userData) ?? {}) as {
    write_files?: { path?: unknown; content?: unknown; permissions?: unknown; append?: unknown }[];
    runcmd?: unknown[];
  };
  const files = write_files.map(({ path, content = '', permissions = '0644' }, index) => {
    if (typeof path !== 'string' || !path.startsWith('/'))
      throw new Error(`write_files[${index}].path must be absolute`);
    // cloud-init wants the quotes: YAML reads a bare 0644 as a number.
    const mode = Number.parseInt(String(permissions), 8);
    if (Number.isNaN(mode)) throw new Error(`write_files[${index}].permissions is no octal number: ${permissions}`);
    return { path: normalize(path), content: String(content), mode };
  });
  const commands = runcmd.map((command, index) => {
    if (!Array.isArray(command) || command.length === 0)
      throw new Error(`runcmd[${index}] must be a list of arguments`);
    return command.map(String);
  });
  return { files, commands };
}

/** Writes the files below a machine's root directory. */
export function writeFiles(root: string, files: CloudConfig['files']): void {
  for (const { path, content, mode } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    // Ours to read again, whatever the mode says.
    chmodSync(target, mode | 0o600);
  }
}

/** /etc/kubezero/node.yaml: what a machine is to become. */
export interface NodeConfig {
  cluster: string;
  role: 'controller' | 'worker';
  zone: string;
  /** Controllers: stable; workers: none, their private DNS name is used. */
  nodeName?: string;
  group?: string;
  instanceType?: string;
  /** Without `v`. */
  kubernetesVersion: string;
  /** `status.nodeInfo.osImage`. */
  os: string;
  domain?: string;
  /** `host:port` of the API servers. */
  apiEndpoint: string;
  region: string;
  backupBucket: string;
  highAvailable?: boolean;
  etcdVolumeId?: string;
  controllers: { zone: string; nodeName: string }[];
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
}

/** Reads /etc/kubezero/node.yaml. @throws Error naming a key that is missing. */
export function parseNodeConfig(text: string): NodeConfig {
  const config = parse(text) as NodeConfig;
  for (const key of ['cluster', 'role', 'zone', 'kubernetesVersion', 'apiEndpoint', 'region'] as const) {
    if (!config?.[key]) throw new Error(`/etc/kubezero/node.yaml: ${key} is missing`);
  }
  return {
    ...config,
    controllers: config.controllers ?? [],
    kubernetesVersion: String(config.kubernetesVersion).replace(/^v/, ''),
  };
}

/** Replaces `${NAME}` by its value; a name without a value stays, for a later round. */
export function fillPlaceholders(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) => values[name] ?? whole);
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
