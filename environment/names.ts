import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Names of the environments in the stacks directory; none when there is no such directory. */
export function environmentNames(around: { cwd: string; env: NodeJS.ProcessEnv }, stacks?: string): string[] {
  const directory = resolve(around.cwd, stacks ?? around.env.KUBEZERO_STACKS ?? 'stacks');
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'environment.yaml')))
    .map((entry) => entry.name)
    .sort();
}
