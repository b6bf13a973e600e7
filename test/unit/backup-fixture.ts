import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createAuthority, issue } from '../../certificates/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { cacheDirectory } from '../../toolchain/index.ts';
import { lookUp } from '../../toolchain/lookup.ts';
import { currentPlatform } from '../../toolchain/tool.ts';
import { tools } from '../../toolchain/tools.ts';

const run = promisify(execFile);

/** Directory of the toolchain's etcd, where it is installed: tests of scripts wait for no build. */
export async function installedEtcd(): Promise<string | undefined> {
  const platform = currentPlatform();
  const tool = tools.find(({ name }) => name === 'etcd');
  if (!tool || !platform) return undefined;
  const { found } = await lookUp(tool, { cache: cacheDirectory(), platform, env: process.env, ambiguous: false });
  return tool.binaries.every(({ name }) => found[name]) ? dirname(found.etcd?.path ?? '') : undefined;
}

/** A controller's files and a real etcd with TLS, its one member. */
export interface EtcdMachine {
  /** Root directory of the machine. */
  root: string;
  /** First on the PATH of what runs there: `tool` puts executables into it. */
  bin: string;
  env: Record<string, string>;
  etcd: ChildProcess;
  /** Puts an executable on the PATH. */
  tool(name: string, script: string): void;
  etcdctl(...args: string[]): Promise<string>;
  stop(): void;
}

export const secrets = {
  'ca.key': 'the key of the cluster',
  'etcd/ca.key': 'the key of etcd',
  'front-proxy-ca.key': 'the key of the front proxy',
  'sa.key': 'the key of service accounts',
};

/** Starts it. @param tools directory of etcd's binaries */
export async function startEtcdMachine(etcdTools: string): Promise<EtcdMachine> {
  const base = mkdtempSync(join(tmpdir(), 'kubezero-backup-'));
  const root = join(base, 'root');
  const bin = join(base, 'bin');
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode: 0o600 });
  };
  mkdirSync(bin);
  const [port, peerPort] = await Promise.all([freePort(), freePort()]);
  const authority = await createAuthority('etcd-ca');
  const server = await issue(authority, { commonName: 'demo-controller-a', dnsNames: ['localhost'], usage: 'server' });
  const client = await issue(authority, { commonName: 'kube-etcd-healthcheck-client', usage: 'client' });
  const pki = 'etc/kubernetes/pki';
  for (const [name, content] of Object.entries({ 'ca.crt': 'a', 'front-proxy-ca.crt': 'b', 'sa.pub': 'c', ...secrets }))
    write(`${pki}/${name}`, `${content}\n`);
  write(`${pki}/etcd/ca.crt`, authority.cert);
  write(`${pki}/etcd/healthcheck-client.crt`, client.cert);
  write(`${pki}/etcd/healthcheck-client.key`, client.key);
  write(`${pki}/etcd/server.crt`, server.cert);
  write(`${pki}/etcd/server.key`, server.key);
  write('etc/kubernetes/admin.conf', 'a secret kubeconfig\n');
  write('etc/kubernetes/kubeadm.yaml', 'kind: ClusterConfiguration\n');
  write('etc/kubezero/node.yaml', 'cluster: demo\nrole: controller\n');
  write('run/kubezero/instance.env', "ADDRESS='10.0.1.10'\nNODE_NAME='demo-controller-a'\n");
  const url = `https://localhost:${port}`;
  const file = (name: string) => join(root, pki, 'etcd', name);
  const etcd = spawn(
    join(etcdTools, 'etcd'),
    Object.entries({
      'data-dir': join(base, 'etcd'),
      name: 'demo-controller-a',
      'listen-client-urls': `https://127.0.0.1:${port}`,
      'advertise-client-urls': url,
      'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
      'initial-advertise-peer-urls': `http://127.0.0.1:${peerPort}`,
      'initial-cluster': `demo-controller-a=http://127.0.0.1:${peerPort}`,
      'client-cert-auth': 'true',
      'trusted-ca-file': file('ca.crt'),
      'cert-file': file('server.crt'),
      'key-file': file('server.key'),
    }).map(([name, value]) => `--${name}=${value}`),
    { stdio: 'ignore' },
  );
  const tool = (name: string, script: string) => {
    rmSync(join(bin, name), { force: true });
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of ['etcdctl', 'etcdutl']) tool(name, `exec ${join(etcdTools, name)} "$@"`);
  const command = join(repositoryRoot, 'sandbox/machines/commands');
  tool('aws', `exec ${process.execPath} ${command}/aws.js "$@"`);
  const access = {
    ETCDCTL_ENDPOINTS: url,
    ETCDCTL_CACERT: file('ca.crt'),
    ETCDCTL_CERT: file('healthcheck-client.crt'),
    ETCDCTL_KEY: file('healthcheck-client.key'),
  };
  const etcdctl = async (...args: string[]) =>
    (await run(join(etcdTools, 'etcdctl'), args, { env: { ...process.env, ...access } })).stdout;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await etcdctl('endpoint', 'health');
      break;
    } catch (error) {
      if (attempt > 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  return {
    root,
    bin,
    env: { HOST: root, ETCDCTL_ENDPOINTS: url },
    etcd,
    tool,
    etcdctl,
    stop: () => {
      etcd.kill('SIGKILL');
      rmSync(base, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
