import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Platform, Tool } from './tool.ts';

type Environment = Record<string, string | undefined>;

/**
 * Where everything that outlives a checkout is kept: `KUBEZERO_CACHE`, else `kubezero` in `XDG_CACHE_HOME`, else
 * `~/.cache/kubezero`.
 */
export function cacheDirectory(env: Environment = process.env): string {
  if (env.KUBEZERO_CACHE)
    return isAbsolute(env.KUBEZERO_CACHE) ? env.KUBEZERO_CACHE : join(process.cwd(), env.KUBEZERO_CACHE);
  // A relative XDG_CACHE_HOME is to be ignored (XDG base directory specification).
  const base =
    env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homeDirectory(env), '.cache');
  return join(base, 'kubezero');
}

/** Home directory as the given environment has it. */
export function homeDirectory(env: Environment = process.env): string {
  return env.HOME || homedir();
}

/** Directory of one installed tool. It comes to be by one rename, so where it exists it is whole. */
function installedDirectory(cache: string, tool: Tool, platform: Platform): string {
  return join(cache, 'tools', tool.name, tool.version, platform);
}

/** The installed directory, if every binary is in it (someone may have deleted single files). */
export async function findInstalled(cache: string, tool: Tool, platform: Platform): Promise<string | undefined> {
  const directory = installedDirectory(cache, tool, platform);
  for (const { name } of tool.binaries) if (!(await isFile(join(directory, name)))) return undefined;
  return directory;
}

export interface LockOptions {
  /** Called once when another process is at it. */
  onWait?: () => void;
  signal?: AbortSignal;
  /** Milliseconds without a sign of life after which a lock's owner is taken for dead; 10000 unless told, 5000 at least. */
  lockStale?: number;
}

/**
 * Installs a tool so that nobody ever sees half of it: `fill` writes the binaries into a directory of its own, which
 * then takes its place by one rename. One process at a time: others wait for the lock, then find the tool installed.
 * A lock whose owner was killed goes stale after ten seconds; what it left behind is removed by the next owner.
 *
 * @param fill  puts the binaries into the given directory; not called when another process was faster
 */
export async function install(
  cache: string,
  tool: Tool,
  platform: Platform,
  fill: (directory: string) => Promise<void>,
  options: LockOptions = {},
): Promise<string> {
  const key = `${tool.name}-${tool.version}-${platform}`;
  const target = installedDirectory(cache, tool, platform);
  const partial = join(cache, 'tools', '.partial');
  const locks = join(cache, 'tools', '.locks');
  await mkdir(partial, { recursive: true });
  await mkdir(locks, { recursive: true });
  const release = await lock(join(locks, key), options);
  try {
    const present = await findInstalled(cache, tool, platform);
    if (present) return present;
    await removeLeftovers(partial, key);
    const directory = await mkdtemp(join(partial, `${key}-`));
    try {
      await fill(directory);
      await mkdir(join(target, '..'), { recursive: true });
      // Only an incomplete directory can be in the way here.
      await rm(target, { recursive: true, force: true });
      await chmod(directory, 0o755);
      await rename(directory, target);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    return target;
  } finally {
    await release();
  }
}

async function lock(path: string, options: LockOptions): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile');
  const stale = options.lockStale ?? 10_000;
  for (let waited = false; ; waited = true) {
    options.signal?.throwIfAborted();
    try {
      return await lockfile
        .lock(path, {
          lockfilePath: `${path}.lock`,
          realpath: false,
          stale,
          update: stale / 4,
          // A machine that slept lets its lock go stale. At worst the tool is made twice; the last rename wins.
          onCompromised: () => {},
        })
        .then((release) => () => release().catch(() => {}));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (!waited) options.onWait?.();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Called with the lock held: whoever made these is gone. */
async function removeLeftovers(partial: string, key: string): Promise<void> {
  for (const name of await readdir(partial)) {
    if (name.startsWith(`${key}-`)) await rm(join(partial, name), { recursive: true, force: true });
  }
}

/** False for anything but a regular file (links are followed). */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (state) => state.isFile(),
    () => false,
  );
}
