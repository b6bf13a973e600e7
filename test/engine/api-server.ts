import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { release } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { ensureTools } from '../../toolchain/index.ts';

const token = 'test';
const contentTypes: Record<string, string> = {
  PATCH: 'application/merge-patch+json',
  // Every JSON document is YAML too.
  APPLY: 'application/apply-patch+yaml',
};

/**
 * A Kubernetes API of its own for tests: etcd, kube-apiserver and what has to do with deleting, on a loopback address that
 * no sandbox uses. No nodes, no schedulers, no other controllers: objects stay as they were written.
 */
export class ApiServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'kubezero-api-'));
  readonly address = `127.${randomInt(251, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  readonly kubeconfig = join(this.directory, 'kubeconfig');
  readonly #processes: { name: string; child: ChildProcess }[] = [];
  #binaries = new Map<string, string>();

  static async start(id: ReleaseId): Promise<ApiServer> {
    const server = new ApiServer();
    try {
      await server.#start(release(id).kubernetesVersion);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** The same cluster with another version of the API server. */
  async upgrade(id: ReleaseId): Promise<void> {
    for (const name of ['kube-controller-manager', 'kube-apiserver']) await this.#kill(name);
    await this.#control(release(id).kubernetesVersion);
  }

  async stop(): Promise<void> {
    for (const { name } of [...this.#processes].reverse()) await this.#kill(name);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * One call of the API; undefined where there is no such object. `PATCH` merges; `APPLY` is server-side apply.
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: this.address,
          port: 6443,
          path,
          method: method === 'APPLY' ? 'PATCH' : method,
          rejectUnauthorized: false,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': contentTypes[method] ?? 'application/json',
            ...(text ? { 'content-length': Buffer.byteLength(text) } : {}),
          },
        },
        (response) => {
          let answer = '';
          response.setEncoding('utf8').on('data', (part: string) => (answer += part));
          response.on('end', () => {
            if (response.statusCode === 404) return resolve(undefined);
            if ((response.statusCode ?? 500) >= 400) return reject(new Error(`${method} ${path}: ${answer}`));
            resolve(answer.startsWith('{') ? JSON.parse(answer) : answer);
          });
        },
      );
      call.on('error', reject);
      call.end(text);
    });
  }

  async #start(kubernetesVersion: string): Promise<void> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(join(this.directory, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    writeFileSync(join(this.directory, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
    writeFileSync(this.kubeconfig, stringify(kubeconfig(this.address)));
    for (const { name, path, version } of (await ensureTools(['engine', 'sandbox'])).binaries) {
      this.#binaries.set(`${name} ${version}`, path);
      if (name === 'etcd') this.#binaries.set('etcd', path);
    }
    this.#spawn('etcd', this.#binaries.get('etcd')!, [
      `--data-dir=${join(this.directory, 'etcd')}`,
      `--listen-client-urls=http://${this.address}:2379`,
      `--advertise-client-urls=http://${this.address}:2379`,
      `--listen-peer-urls=http://${this.address}:2380`,
      `--initial-advertise-peer-urls=http://${this.address}:2380`,
      `--initial-cluster=default=http://${this.address}:2380`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ]);
    await this.#control(kubernetesVersion);
  }

  async #control(version: string): Promise<void> {
    const file = (name: string) => join(this.directory, name);
    this.#spawn('kube-apiserver', this.#binary('kube-apiserver', version), [
      `--etcd-servers=http://${this.address}:2379`,
      `--bind-address=${this.address}`,
      // Its own is refused as a loopback address; nothing here uses the `kubernetes` Endpoints it ends up in.
      '--advertise-address=10.255.255.1',
      '--secure-port=6443',
      `--cert-dir=${file('certs')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=AlwaysAllow',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${file('sa.key')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--allow-privileged=true',
      // Nothing answers them here.
      '--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook',
    ]);
    await this.#ready();
    this.#spawn('kube-controller-manager', this.#binary('kube-controller-manager', version), [
      `--kubeconfig=${this.kubeconfig}`,
      '--controllers=garbagecollector,namespace,pv-protection,pvc-protection',
      '--leader-elect=false',
      `--bind-address=${this.address}`,
      `--cert-dir=${file('certs')}`,
      ...(version.startsWith('1.21') ? ['--port=0'] : []),
    ]);
  }

  #binary(name: string, version: string): string {
    const found = this.#binaries.get(`${name} ${version}`);
    if (!found) throw new Error(`no ${name} ${version} among ${[...this.#binaries.keys()].join(', ')}`);
    return found;
  }

  #spawn(name: string, path: string, args: string[]): void {
    mkdirSync(join(this.directory, 'log'), { recursive: true });
    const log = openSync(join(this.directory, 'log', name), 'a');
    this.#processes.push({ name, child: spawn(path, args, { stdio: ['ignore', log, log] }) });
  }

  async #kill(name: string): Promise<void> {
    const index = this.#processes.findIndex((process) => process.name === name);
    if (index < 0) return;
    const [{ child }] = this.#processes.splice(index, 1) as [{ name: string; child: ChildProcess }];
    if (child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const ready = await this.call('GET', '/readyz').catch(() => undefined);
      if (ready) return;
      const down = this.#processes.find(({ child }) => child.exitCode !== null);
      if (down || Date.now() > deadline) {
        const log = readFileSync(join(this.directory, 'log', down?.name ?? 'kube-apiserver'), 'utf8');
        throw new Error(`${down?.name ?? 'kube-apiserver'} doesn't come up:\n${log.slice(-2000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function kubeconfig(address: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: `https://${address}:6443`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
}
