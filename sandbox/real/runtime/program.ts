import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../../repository/root.ts';
import { buildTool } from '../../../toolchain/build.ts';
import { cacheDirectory, install } from '../../../toolchain/cache.ts';
import { currentPlatform, type Tool } from '../../../toolchain/tool.ts';

const folder = 'machine-runtime';
const name = 'machine-runtime';

/** The program of the machines' own (toolchain/go/machine-runtime) as a tool whose version is that of its source. */
export function machineRuntimeTool(): Tool {
  const directory = join(repositoryRoot, 'toolchain/go', folder);
  const hash = createHash('sha256');
  for (const file of readdirSync(directory).sort()) hash.update(file).update(readFileSync(join(directory, file)));
  return {
    name,
    version: hash.digest('hex').slice(0, 12),
    groups: ['sandbox'],
    neededFor: 'real machines (container runtime, pause, stand-in images)',
    binaries: [],
    release: () => [],
    build: { folder, packages: { [name]: '.' }, variables: {} },
  };
}

/**
 * Path of that program, built when its source is new: standard library only, half a minute with nothing cached.
 * @throws Error saying why it couldn't be built (it needs Go)
 */
export async function machineRuntime(
  env: Record<string, string | undefined> = process.env,
  signal?: AbortSignal,
): Promise<string> {
  const platform = currentPlatform();
  if (!platform?.startsWith('linux')) throw new Error('real machines need Linux');
  // With its binary, which has no version to ask for.
  const tool: Tool = { ...machineRuntimeTool(), binaries: [{ name, version: { arguments: [] } }] };
  const fill = (directory: string) => buildTool(tool, directory, { onDetail: () => undefined, env, signal });
  return join(await install(cacheDirectory(env), tool, platform, fill, { signal }), name);
}
