import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ClusterView } from '../kubernetes/cluster-view.ts';
import { readyPods } from '../kubernetes/readiness.ts';
import type { Surroundings } from '../machines/instance.ts';
import { SupervisedProcess } from '../processes.ts';

/** The parts of ArgoCD that run here, by the pods in the cluster that stand for them. */
const parts = {
  redis: 'argocd-redis',
  'repo-server': 'argocd-repo-server',
  'application-controller': 'argocd-application-controller',
} as const;
type Part = keyof typeof parts;

const lookMilliseconds = 500;

/**
 * The real ArgoCD, run as processes beside the cluster, each for as long as a pod of it is ready. Started when there is
 * first something for it to do: an Application whose repository can be reached without a network.
 */
export class ArgocdProcesses {
  readonly #surroundings: Surroundings;
  readonly #view: ClusterView;
  #running = new Map<Part, SupervisedProcess>();
  #started?: Promise<void>;
  #timer?: NodeJS.Timeout;
  #stopped = false;

  constructor(surroundings: Surroundings, view: ClusterView) {
    this.#surroundings = surroundings;
    this.#view = view;
  }

  /** Whether the real ArgoCD has been asked for: from then on nothing stands in for it. */
  get wanted(): boolean {
    return this.#started !== undefined;
  }

  /** Runs it from now on. Its binary is built first where there is none yet. */
  start(namespace: string): Promise<void> {
    this.#started ??= this.#start(namespace).catch((error) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const process of this.#running.values()) void process.stop();
  }

  async #start(namespace: string): Promise<void> {
    const { argocd, directory } = this.#surroundings;
    const command = await argocd();
    const home = join(directory.root, 'argocd');
    mkdirSync(home, { recursive: true });
    const [redis, repository, ...metrics] = await freePorts(4);
    const args: Record<Part, string[]> = {
      redis: [`127.0.0.1:${redis}`],
      'repo-server': [
        '--disable-tls',
        `--port=${repository}`,
        `--metrics-port=${metrics[0]}`,
        `--redis=127.0.0.1:${redis}`,
      ],
      'application-controller': [
        `--kubeconfig=${directory.kubeconfig}`,
        `--namespace=${namespace}`,
        '--repo-server-plaintext',
        `--repo-server=127.0.0.1:${repository}`,
        `--metrics-port=${metrics[1]}`,
        `--redis=127.0.0.1:${redis}`,
      ],
    };
    const env = {
      HOME: home,
      // Clones of repositories; a shared one would be another sandbox's too.
      TMPDIR: home,
      KUBECONFIG: directory.kubeconfig,
      // https://kubernetes.default.svc is the cluster of the kubeconfig.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_GPG_ENABLED: 'false',
    };
    if (this.#stopped) return;
    this.#timer = setInterval(() => {
      for (const part of Object.keys(parts) as Part[]) {
        const ready = readyPods(this.#view.pods, { labels: { 'app.kubernetes.io/name': parts[part] } }).length > 0;
        const running = this.#running.get(part);
        if (ready && !running) {
          const log = join(directory.logs, `argocd-${part}.log`);
          this.#running.set(part, new SupervisedProcess({ command, args: [part, ...args[part]], env, log }));
        } else if (!ready && running) {
          this.#running.delete(part);
          void running.stop();
        }
      }
    }, lookMilliseconds);
  }
}

/** Ports that nothing listens on; ArgoCD's servers take all addresses of the machine. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
