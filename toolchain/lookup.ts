import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { UserError } from '../errors/index.ts';
import { defaultHome, pluginFolder, unfinishedMark } from '../pulumi/home.ts';
import { findInstalled, homeDirectory, isFile } from './cache.ts';
import type { Binary, Platform, Tool } from './tool.ts';
import { accepts, versionOf } from './version.ts';

type Environment = Record<string, string | undefined>;

export interface Found {
  source: 'override' | 'cache' | 'path';
  path: string;
}

export interface Lookup {
  /** By binary name; absent: not found. */
  found: Record<string, Found>;
  /** Why what was seen on the way won't do, e.g. `/usr/bin/etcd is 3.4.23`. */
  rejected: string[];
}

/**
 * Looks for each binary of a tool: named by an environment variable, then in the cache, then on PATH (and, for a Pulumi
 * plugin, where the Pulumi CLI keeps it). Versions are checked, except in the cache, where they were when it got there.
 *
 * @throws UserError when an environment variable names a file that isn't the tool: what is said explicitly is not ignored
 */
export async function lookUp(
  tool: Tool,
  context: { cache: string; platform: Platform; env: Environment; ambiguous: boolean },
): Promise<Lookup> {
  const result: Lookup = { found: {}, rejected: [] };
  const installed = await findInstalled(context.cache, tool, context.platform);
  for (const binary of tool.binaries) {
    const named = await findNamed(tool, binary, context);
    if (named) result.found[binary.name] = { source: 'override', path: named };
    else if (installed) result.found[binary.name] = { source: 'cache', path: join(installed, binary.name) };
    else {
      const path = await findOnPath(tool, binary, context.env, result.rejected);
      if (path) result.found[binary.name] = { source: 'path', path };
    }
  }
  return result;
}

/**
 * Environment variables that name a binary, most specific first: `KUBEZERO_TOOL_KUBEADM_1_22_8`, `KUBEZERO_TOOL_KUBEADM`.
 * Without the version only where this project uses one version of the tool.
 */
export function overrideNames(tool: Pick<Tool, 'version'>, binary: Pick<Binary, 'name'>, ambiguous: boolean): string[] {
  const name = `KUBEZERO_TOOL_${binary.name.toUpperCase().replaceAll('-', '_')}`;
  const versioned = `${name}_${tool.version.replace(/[.-]/g, '_')}`;
  return ambiguous ? [versioned] : [versioned, name];
}

async function findNamed(
  tool: Tool,
  binary: Binary,
  { env, ambiguous }: { env: Environment; ambiguous: boolean },
): Promise<string | undefined> {
  const variable = overrideNames(tool, binary, ambiguous).find((name) => env[name]);
  const path = variable && env[variable];
  if (!path) return undefined;
  const refuse = (why: string, cause?: unknown) =>
    new UserError(`${variable} is set, but ${why}.`, {
      where: `${variable}=${path}`,
      fix: `Let it name ${binary.name} ${tool.version}, or unset it.`,
      cause,
    });
  if (!(await isExecutable(path))) throw refuse('there is no such executable file');
  const version = await versionOf(path, binary).catch((error: Error) => {
    throw refuse(`that file doesn't answer as ${binary.name}`, error);
  });
  if (!accepts(version, tool.version, binary.version.accepts))
    throw refuse(`that file is ${binary.name} ${version}, and ${tool.version} is needed`);
  return path;
}

async function findOnPath(
  tool: Tool,
  binary: Binary,
  env: Environment,
  rejected: string[],
): Promise<string | undefined> {
  const directories = (env.PATH ?? '').split(delimiter).filter(Boolean);
  if ('pluginService' in binary.version && binary.name.startsWith('pulumi-resource-')) {
    const home = env.PULUMI_HOME || defaultHome(homeDirectory(env));
    const folder = pluginFolder(home, binary.name.slice('pulumi-resource-'.length), tool.version);
    if (!(await isFile(unfinishedMark(folder)))) directories.unshift(folder);
  }
  for (const directory of new Set(directories)) {
    const path = join(directory, binary.name);
    if (!(await isExecutable(path))) continue;
    try {
      const version = await versionOf(path, binary);
      if (accepts(version, tool.version, binary.version.accepts)) return path;
      rejected.push(`${path} is ${version}`);
    } catch (error) {
      rejected.push(`${path} doesn't run (${firstLineOf(error)})`);
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return (
    (await isFile(path)) &&
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
  );
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
