import { provideTools, pulumiEnvironment, type ToolGroup, type Tools } from '../../toolchain/index.ts';
import type { CommandContext } from '../commands/definition.ts';

type EngineContext = Pick<CommandContext, 'signal' | 'tty' | 'json' | 'warn'>;

/** Makes sure the tools of these groups are installed, showing progress on stderr where that takes a while. */
export async function installTools(groups: ToolGroup[], command: EngineContext): Promise<Tools> {
  const view = { tty: command.tty && !command.json, print: command.warn };
  return provideTools(groups, view, { signal: command.signal });
}

/**
 * Sets the Pulumi engine up for this process (CLI, Kubernetes provider, environment variables).
 * @returns the PULUMI_HOME in use.
 */
export async function pulumiHome(command: EngineContext): Promise<string> {
  const environment = await pulumiEnvironment(await installTools(['engine'], command));
  Object.assign(process.env, environment);
  return environment.PULUMI_HOME!;
}
