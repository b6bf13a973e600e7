import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureTools } from '../../toolchain/index.ts';
import type { ApiServer } from './api-server.ts';

type Body = Record<string, unknown>;

/** What tests read of an Application. */
export interface Application {
  metadata: { name: string; finalizers?: string[] };
  operation?: unknown;
  spec: { syncPolicy?: { automated?: unknown } };
  status?: {
    sync?: { status?: string; revision?: string };
    operationState?: { phase?: string; message?: string };
    resources?: { kind: string; name: string; status?: string }[];
  };
}

/** The real ArgoCD beside an API server: its application controller, repository server and Redis. */
export class Argocd {
  readonly #api: ApiServer;
  readonly #processes: ChildProcess[] = [];

  private constructor(api: ApiServer) {
    this.#api = api;
  }

  /** Its binary; to be asked for before a test's own cache is set. */
  static async binary(): Promise<string> {
    return (await ensureTools(['argocd'])).path('kubezero-argocd');
  }

  static async start(api: ApiServer, binary: string): Promise<Argocd> {
    const argocd = new Argocd(api);
    const home = join(api.directory, 'argocd');
    mkdirSync(home);
    const [redis, server, ...metrics] = await Promise.all([1, 2, 3, 4].map(freePort));
    const run = (...args: string[]) => {
      const log = openSync(join(home, `${args[0]}.log`), 'a');
      const env = { HOME: home, TMPDIR: home, KUBECONFIG: api.kubeconfig, ARGOCD_FAKE_IN_CLUSTER: 'true' };
      argocd.#processes.push(
        spawn(binary, args, {
          stdio: ['ignore', log, log],
          env: { PATH: process.env.PATH, ARGOCD_GPG_ENABLED: 'false', ...env },
        }),
      );
    };
    run('redis', `127.0.0.1:${redis}`);
    const shared = [`--redis=127.0.0.1:${redis}`];
    run('repo-server', ...shared, '--disable-tls', `--port=${server}`, `--metrics-port=${metrics[0]}`);
    run(
      'application-controller',
      ...shared,
      `--kubeconfig=${api.kubeconfig}`,
      '--namespace=argocd',
      '--repo-server-plaintext',
      `--repo-server=127.0.0.1:${server}`,
      `--metrics-port=${metrics[1]}`,
    );
    return argocd;
  }

  stop(): void {
    for (const child of this.#processes) child.kill('SIGKILL');
  }

  applications(): Promise<Application[]> {
    return this.#api.call('GET', path('')).then((list) => list.items);
  }

  /** Syncs an Application with the newest manifests, pruning, and waits until it is Synced. */
  async sync(name: string): Promise<Application> {
    const patch = (body: Body) => this.#api.call('PATCH', path(`/${name}`), body);
    await patch({ metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } });
    await this.#until(name, ({ metadata }) => !(metadata as { annotations?: Body }).annotations?.[refresh]);
    await patch({ operation: { sync: { prune: true }, retry: { limit: 3, backoff: { duration: '1s' } } } });
    return this.#until(
      name,
      ({ operation, status }) =>
        !operation && status?.operationState?.phase === 'Succeeded' && status.sync?.status === 'Synced',
    );
  }

  #log(): string {
    return readFileSync(join(this.#api.directory, 'argocd/application-controller.log'), 'utf8').slice(-4000);
  }

  async #until(name: string, holds: (application: Application) => boolean): Promise<Application> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const application: Application = await this.#api.call('GET', path(`/${name}`));
      if (application && holds(application)) return application;
      if (Date.now() > deadline) throw new Error(`${JSON.stringify(application)}\n${this.#log()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

const refresh = 'argocd.argoproj.io/refresh';

function path(rest: string): string {
  return `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications${rest}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
