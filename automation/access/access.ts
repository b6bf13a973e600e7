import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Environment } from '../../environment/environment.ts';
import type { ControllersOutputs, Layer, NetworkOutputs } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import { instancesOfGroup } from '../live/aws/index.ts';
import { hasContext, openCluster } from '../live/kubernetes/client.ts';
import type { Wait } from '../live/kubernetes/health.ts';
import { saysAnother } from '../live/kubernetes/same-cluster.ts';
import type { CommandContext } from '../report/command-context.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { logIn } from './login.ts';
import { isServerOf } from './reach.ts';
import { NoWay, openTunnel, type Tunnel } from './tunnel.ts';
import { foresee, usesSsm, waysIn } from './ways.ts';

export interface AccessContext {
  environment: Environment;
  /** The stacks that the command works with now. */
  stacks(): Pick<StackOutputs, 'outputs'>;
  command: Pick<CommandContext, 'signal' | 'warn'>;
}

/**
 * The way of this command into the cluster of an environment. A kube context of the operator's is used as it is. Without one,
 * the command makes its own kubeconfig: in a file of its owner's alone, gone when the process ends, without a secret in it; it
 * is then what `KUBECONFIG` names, for the Kubernetes provider of the engine, too.
 */
export class Access {
  readonly #context: AccessContext;
  #tunnel: Tunnel | undefined;

  constructor(context: AccessContext) {
    this.#context = context;
  }

  /**
   * Whether the kubeconfig in use has the environment's context.
   * @throws UserError where it can't be read.
   */
  isOpen(): boolean {
    return hasContext(this.#context.environment.kubeContext);
  }

  /**
   * For a command that is about to change layers: says before the first change whether the cluster will be out of reach when
   * it is needed, and opens the way where it leads somewhere already.
   * @returns what is doubtful, for the operator to read.
   * @throws UserError where it will be out of reach, or the kube context in use is another cluster's.
   */
  async foresee(layers: readonly Layer[]): Promise<string | undefined> {
    if (layers.every((layer) => layer === 'network')) return undefined;
    const { environment } = this.#context;
    const stacks = this.#context.stacks();
    const deployed = (await stacks.outputs('controllers')) !== undefined;
    if (this.isOpen()) {
      if (deployed) await refuseAnother(environment);
      return undefined;
    }
    const doubt = await foresee({ environment, stacks });
    if (deployed) await this.attempt();
    return doubt;
  }

  /**
   * Opens the way, as far as it can be opened now.
   * @returns what there is to wait for; nothing where it is open.
   * @throws UserError where waiting won't help.
   */
  async attempt(): Promise<Wait[]> {
    if (this.isOpen()) return [];
    const { environment } = this.#context;
    const stacks = this.#context.stacks();
    const [network, controllers] = [await stacks.outputs('network'), await stacks.outputs('controllers')];
    if (!network || !controllers)
      return [
        { object: `stack ${environment.name}-${network ? 'controllers' : 'network'}`, reason: 'isn’t deployed yet' },
      ];
    const login = await logIn(environment, network.backupBucket, await stacks.outputs('modules'));
    if ('reason' in login) return [login];
    const { apiHost } = environment;
    const direct = await isServerOf(login.ca, { host: apiHost, port: 6443, servername: apiHost });
    let localPort: number | undefined;
    if (!direct.ok) {
      if (!usesSsm(environment)) return [{ object: `API servers of ${environment.name}`, reason: direct.why }];
      const tunnel = await this.#throughTunnel(login.ca, network, controllers);
      if ('reason' in tunnel) return [tunnel];
      localPort = tunnel.port;
    }
    useKubeconfig(
      stringify(
        kubeconfigOf({ context: environment.kubeContext, apiHost, ca: login.ca, localPort, plugin: login.plugin }),
      ),
    );
    await proveCredentials(environment.kubeContext);
    return [];
  }

  /** Opens the way. @throws UserError where it isn't open yet, with what is missing. */
  async open(): Promise<void> {
    const waits = await this.attempt();
    if (waits.length > 0) throw notReached(this.#context.environment, waits);
  }

  /**
   * Opens the way where that is possible, for a command that gets by without: a kubeconfig that can't be read is left to
   * whoever asks the cluster.
   * @returns why it isn't open; undefined where it is, or there is no cluster yet.
   */
  async tryOpen(): Promise<string | undefined> {
    try {
      if (this.isOpen()) return undefined;
    } catch {
      return undefined;
    }
    try {
      if (!(await this.#context.stacks().outputs('controllers'))) return undefined;
      const [wait] = await this.attempt();
      return wait && `${wait.object}: ${wait.reason}`;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#tunnel?.close();
    this.#tunnel = undefined;
  }

  async #throughTunnel(
    ca: string,
    { region }: NetworkOutputs,
    { autoScalingGroups }: ControllersOutputs,
  ): Promise<Tunnel | Wait> {
    const { environment, command } = this.#context;
    try {
      this.#tunnel = await openTunnel({
        environment: environment.name,
        region,
        apiHost: environment.apiHost,
        ca,
        controllers: () => runningControllers(autoScalingGroups),
        signal: command.signal,
        onChange: command.warn,
      });
      return this.#tunnel;
    } catch (error) {
      // Machines may be booting: only what this machine lacks won't come by waiting.
      if (!(error instanceof NoWay)) throw error;
      return { object: `API servers of ${environment.name}`, reason: error.message };
    }
  }
}

/** How long a cluster may take to say which one it is. */
const answerMilliseconds = 5_000;

/** Where the cluster behind the context says of itself that it is another one. One that says nothing may be coming up. */
async function refuseAnother(environment: Environment): Promise<void> {
  const cluster = openCluster(environment.kubeContext);
  const late = new AbortController();
  const silence = pause(answerMilliseconds, undefined, { signal: late.signal }).catch(() => undefined);
  const problem = await Promise.race([silence, saysAnother(cluster, environment).catch(() => undefined)]);
  late.abort();
  if (problem) throw problem;
}

/** Ids of the controllers that are running now. */
export async function runningControllers(groups: ControllersOutputs['autoScalingGroups']): Promise<string[]> {
  const members = await Promise.all(Object.values(groups).map((group) => instancesOfGroup(group)));
  return members
    .flat()
    .filter(({ lifecycleState }) => lifecycleState === 'InService')
    .map(({ instanceId }) => instanceId);
}

/**
 * Makes a kubeconfig the one of this process and of those that it starts. Kubernetes' clients, here and in the engine's
 * provider, have no other way to be told that all of them take: so it is said where the operator would have said it.
 */
function useKubeconfig(text: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'kubezero-access-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'kubeconfig');
  writeFileSync(file, text, { mode: 0o600 });
  process.env.KUBECONFIG = file;
}

/**
 * Asks for credentials once. Clients of this process that ask at the same time would each start the plugin; now they find its
 * answer.
 */
async function proveCredentials(context: string): Promise<void> {
  try {
    await openCluster(context).config.applyToHTTPSOptions({});
  } catch (cause) {
    delete process.env.KUBECONFIG;
    const said = (cause as Error).message.trim();
    throw new UserError(`there are no credentials for the cluster: ${said.replace(/^error: /, '')}`, {
      where: `kube context ${context}`,
      state: 'nothing was touched',
      fix: 'put right what it names, then run the same command again: it goes on where it stopped',
      exitCode: exitCode.blocked,
      cause,
    });
  }
}

function notReached(environment: Environment, waits: Wait[]): UserError {
  return new UserError(
    `the cluster of ${environment.name} can’t be reached:\n  ${waits.map(({ object, reason }) => `${object}: ${reason}`).join('\n  ')}`,
    {
      where: `kube context ${environment.kubeContext}`,
      state: 'nothing was touched',
      fix: waysIn(environment).join('; or '),
      exitCode: exitCode.blocked,
    },
  );
}
