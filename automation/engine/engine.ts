import { provideTools, pulumiEnvironment, type ToolGroup, type Tools } from '../../toolchain/index.ts';
import type { CommandContext } from '../report/command-context.ts';

type EngineContext = Pick<CommandContext, 'signal' | 'tty' | 'json' | 'warn'>;

/**
 * Makes sure the tools of these groups are installed, showing progress on stderr where that takes a while.
 * @param kubernetes  versions of it to have; default: those of all releases
 */
export async function installTools(
  groups: ToolGroup[],
  command: EngineContext,
  kubernetes?: readonly string[],
): Promise<Tools> {
  const view = { tty: command.tty && !command.json, print: command.warn };
  return provideTools(groups, view, { signal: command.signal, kubernetes });
}

/**
 * How the engine's own programs are run, unless the operator's environment says otherwise. The Kubernetes provider holds
 * itself back to 50 requests a second, and waits for seconds before each look at a cluster of many API groups; API servers
 * share themselves out fairly (API Priority and Fairness) without that. Garbage is collected later than usual: the
 * engine's processes live for seconds.
 */
const tuning: Record<string, string> = {
  PULUMI_K8S_CLIENT_QPS: '500',
  PULUMI_K8S_CLIENT_BURST: '1000',
  GOGC: '400',
};

/**
 * Sets the Pulumi engine up for this process (CLI, Kubernetes provider, environment variables).
 * @returns the PULUMI_HOME in use.
 */
export async function pulumiHome(command: EngineContext): Promise<string> {
  const environment = await pulumiEnvironment(await installTools(['engine'], command));
  Object.assign(process.env, { ...tuning, ...process.env }, environment);
  return environment.PULUMI_HOME!;
}
