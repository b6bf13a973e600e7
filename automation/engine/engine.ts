import { join } from 'node:path';
import { ChartStore, lockFileName } from '../../charts/index.ts';
import { attachProviders } from '../../stacks/providers.ts';
import { provideTools, pulumiEnvironment, type ToolGroup, type Tools } from '../../toolchain/index.ts';
import type { CommandContext } from '../report/command-context.ts';

/** What a run drives Pulumi with. */
export interface Engine {
  /**
   * Variables that the engine's CLI and all that it starts get over those of this process: where it is (`PATH`), its
   * `PULUMI_HOME`, how it is tuned.
   */
  variables: Readonly<Record<string, string>> & { PULUMI_HOME: string };
  /** What programs render the modules from. */
  charts: ChartStore;
  /** Secrets provider of stacks that are made, over that of environment.yaml. */
  secretsProvider?: string;
}

type ToolsContext = Pick<CommandContext, 'signal' | 'tty' | 'json' | 'warn' | 'env'>;

/**
 * Makes sure the tools of these groups are installed, showing progress on stderr where that takes a while.
 * @param kubernetes  versions of it to have; default: those of all releases
 */
export async function installTools(
  groups: ToolGroup[],
  command: ToolsContext,
  kubernetes?: readonly string[],
): Promise<Tools> {
  const view = { tty: command.tty && !command.json, print: command.warn };
  return provideTools(groups, view, { signal: command.signal, env: command.env, kubernetes });
}

/**
 * How the engine's own programs are run, unless the operator's environment says otherwise. The Kubernetes provider holds
 * itself back to 50 requests a second, and waits for seconds before each look at a cluster of many API groups; API servers
 * share themselves out fairly (API Priority and Fairness) without that. Garbage is collected later than usual, since the
 * engine's processes live for seconds, but not so late that a small runner comes to the end of its memory.
 */
const tuning: Record<string, string> = {
  PULUMI_K8S_CLIENT_QPS: '500',
  PULUMI_K8S_CLIENT_BURST: '1000',
  GOGC: '400',
  GOMEMLIMIT: '200MiB',
};

/**
 * States in a directory are written compressed: whole, before and after each object that changes. Not those in a bucket: the
 * CLI finds a compressed one only by listing, and takes a listing that fails for a stack that isn't there.
 */
function compression(env: ToolsContext['env']): Record<string, string> {
  const decided = ['DIY_BACKEND', 'SELF_MANAGED_STATE'].some((name) =>
    ['GZIP', 'ZSTD'].some((form) => env[`PULUMI_${name}_${form}`] !== undefined),
  );
  return !decided && env.PULUMI_BACKEND_URL?.startsWith('file://') ? { PULUMI_DIY_BACKEND_ZSTD: 'true' } : {};
}

/**
 * Makes the engine ready: installs what it needs.
 * @param charts  default: those that any command would find
 */
export async function openEngine(
  command: ToolsContext & Pick<CommandContext, 'stacksDirectory'>,
  charts: ChartStore = new ChartStore({
    env: command.env,
    lockFile: join(command.stacksDirectory, lockFileName),
  }),
): Promise<Engine> {
  const { env } = command;
  const found = await pulumiEnvironment(await installTools(['engine'], command), env);
  const tuned = Object.fromEntries(Object.entries(tuning).filter(([name]) => env[name] === undefined));
  const attached = await attachProviders(env.PULUMI_DEBUG_PROVIDERS);
  const variables = { ...tuned, ...compression(env), ...found, ...attached, PULUMI_HOME: found.PULUMI_HOME! };
  return { variables, charts, secretsProvider: env.KUBEZERO_SECRETS_PROVIDER };
}
