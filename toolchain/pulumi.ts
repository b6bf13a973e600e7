import { chmod, copyFile, link, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { defaultHome, loginFile, pluginFolder, unfinishedMark } from '../pulumi/home.ts';
import { cacheDirectory, homeDirectory, isFile } from './cache.ts';
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
 * @param tools  from `ensureTools(['engine'])` or `ensureTools(['engine', 'shell'])`
 */
export async function pulumiEnvironment(tools: Tools, env: Environment = process.env): Promise<Record<string, string>> {
  const ours = join(cacheDirectory(env), 'pulumi-home');
  const home = env.PULUMI_HOME || ours;
  const find = (binary: string) => tools.binaries.find(({ name }) => name === binary);
  const provider = find('pulumi-resource-kubernetes');
  if (provider) await placePlugin(home, 'kubernetes', provider.version, provider.path);

  const cli = find('pulumi');
  const languageHost = find('pulumi-language-nodejs');
  const directories = [cli, languageHost].flatMap((binary) => (binary ? [dirname(binary.path)] : []));
  // Next to the CLI the language host counts as the CLI's own; from elsewhere on PATH every update comes with a warning.
  if (cli?.source === 'cache' && languageHost?.source === 'cache')
    directories.unshift(await placeTogether(join(ours, 'bin'), [cli.path, languageHost.path]));
  const path = [...directories, ...(env.PATH ?? '').split(delimiter)];
  const result: Record<string, string> = {
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PATH: [...new Set(path)].join(delimiter),
  };
  const login = defaultHome(homeDirectory(env));
  if (!env.PULUMI_HOME && (await isFile(loginFile(login))))
    result.PULUMI_CREDENTIALS_PATH = env.PULUMI_CREDENTIALS_PATH || login;
  return result;
}

/**
 * Puts a resource plugin where the engine looks for it, unless it is there. The folder appears whole.
 */
async function placePlugin(home: string, name: string, version: string, binary: string): Promise<void> {
  const folder = pluginFolder(home, name, version);
  const file = `pulumi-resource-${name}`;
  const isThere = async () => !(await isFile(unfinishedMark(folder))) && (await isFile(join(folder, file)));
  if (await isThere()) return;
  await mkdir(dirname(folder), { recursive: true });
  const prepared = await mkdtemp(join(home, '.plugin-'));
  try {
    await linkOrCopy(binary, join(prepared, file));
    await chmod(prepared, 0o755);
    await rm(folder, { recursive: true, force: true });
    await rm(unfinishedMark(folder), { force: true });
    await rename(prepared, folder).catch(async (error) => {
      // Another process was faster, with the same plugin.
      if (!(await isThere())) throw error;
    });
  } finally {
    await rm(prepared, { recursive: true, force: true });
  }
}

/** Binaries from several directories in one; each is replaced by a rename when it is another file than before. */
async function placeTogether(directory: string, binaries: string[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const binary of binaries) {
    const place = join(directory, binary.slice(dirname(binary).length + 1));
    const [there, wanted] = await Promise.all([place, binary].map((path) => stat(path).catch(() => undefined)));
    if (there && wanted && there.size === wanted.size && there.mtimeMs >= wanted.mtimeMs) continue;
    const prepared = await mkdtemp(join(directory, '.new-'));
    await linkOrCopy(binary, join(prepared, 'binary'));
    await rename(join(prepared, 'binary'), place);
    await rm(prepared, { recursive: true, force: true });
  }
  return directory;
}

/** A hard link costs nothing; between file systems only a copy is possible. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
