import { chmod, copyFile, link, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory, isFile } from './cache.ts';
import type { Tools } from './ensure.ts';

type Environment = Record<string, string | undefined>;

/**
 * Environment variables with which the Pulumi engine and CLI find our tools; to be added to those of the process that
 * runs them (Automation API: `envVars` of the workspace). Puts the Kubernetes provider where the engine looks for it.
 *
 * - `PULUMI_HOME`: the user's own, else `pulumi-home` in our cache, so that nothing is written to ~/.pulumi. Whoever is
 *   logged in with `pulumi login` stays so: `PULUMI_CREDENTIALS_PATH` then names ~/.pulumi.
 * - `PATH`: with the CLI and, where it was asked for (group `shell`), the language host in front.
 *
 * @param tools  from `ensureTools(['engine'])`
 */
export async function pulumiEnvironment(tools: Tools, env: Environment = process.env): Promise<Record<string, string>> {
  const home = env.PULUMI_HOME || join(cacheDirectory(env), 'pulumi-home');
  const provider = tools.binaries.find(({ name }) => name === 'pulumi-resource-kubernetes');
  if (provider) await placePlugin(home, 'kubernetes', provider.version, provider.path);
  const ours = tools.binaries.filter(({ name }) => name === 'pulumi' || name.startsWith('pulumi-language-'));
  const path = [...ours.map((binary) => dirname(binary.path)), ...(env.PATH ?? '').split(delimiter)];
  const result: Record<string, string> = {
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PATH: [...new Set(path)].join(delimiter),
  };
  // Not with a backend named by the environment: the CLI would then write that one into the user's file as the current.
  const login = join(homedir(), '.pulumi');
  if (!env.PULUMI_HOME && !env.PULUMI_BACKEND_URL && (await isFile(join(login, 'credentials.json'))))
    result.PULUMI_CREDENTIALS_PATH = env.PULUMI_CREDENTIALS_PATH || login;
  return result;
}

/**
 * Puts a resource plugin into `<home>/plugins/resource-<name>-v<version>/`, where the engine looks, unless it is there.
 * The folder appears whole; a plugin beside which the CLI left a `.partial` file doesn't count as there.
 */
async function placePlugin(home: string, name: string, version: string, binary: string): Promise<void> {
  const folder = join(home, 'plugins', `resource-${name}-v${version}`);
  const file = `pulumi-resource-${name}`;
  const unfinished = await isFile(`${folder}.partial`);
  if (!unfinished && (await isFile(join(folder, file)))) return;
  await mkdir(join(home, 'plugins'), { recursive: true });
  const prepared = await mkdtemp(join(home, '.plugin-'));
  try {
    // A hard link costs nothing; between file systems only a copy is possible.
    await link(binary, join(prepared, file)).catch(() => copyFile(binary, join(prepared, file)));
    await chmod(prepared, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rename(prepared, folder).catch(async (error) => {
      // Another process was faster, with the same plugin.
      if (!(await isFile(join(folder, file)))) throw error;
    });
    await rm(`${folder}.partial`, { force: true });
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}
