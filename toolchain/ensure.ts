import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, install } from './cache.ts';
import type { UnreachableHosts } from './download.ts';
import { cacheUnusable, cannotProvide, unsupportedPlatform } from './failure.ts';
import { type Found, lookUp } from './lookup.ts';
import type { OnProgress, ToolPhase } from './progress.ts';
import { currentPlatform, type Platform, type ReleaseFile, type Tool, type ToolGroup } from './tool.ts';
import { tools as allTools } from './tools.ts';
import { accepts, versionOf } from './version.ts';

export interface EnsureOptions {
  onProgress?: OnProgress;
  /** Stops downloads and builds; nothing half is left. */
  signal?: AbortSignal;
  /** Environment variables; the process's own unless told. */
  env?: Record<string, string | undefined>;
  /** Kubernetes versions to have; default: those of all releases. */
  kubernetes?: readonly string[];
  /** Tests bring their own from here on. */
  tools?: readonly Tool[];
  /** See `LockOptions`. */
  lockStale?: number;
  /** Puts the release's binaries into the directory; throws an Error whose message says why not. */
  download?: (files: ReleaseFile[], directory: string, context: StepContext) => Promise<void>;
  /** Builds the binaries into the directory; throws an Error whose message says why not. */
  build?: (tool: Tool, directory: string, context: StepContext) => Promise<void>;
}

export interface StepContext {
  unreachable: UnreachableHosts;
  onDetail: (detail: string) => void;
  signal?: AbortSignal;
  env: Record<string, string | undefined>;
}

/** Where the binaries of the ensured groups are. */
export interface Tools {
  /**
   * Absolute path of a binary.
   *
   * @param version  needed only where more than one is in use (Kubernetes)
   * @throws Error (a bug) for a binary that was not asked for
   */
  path(binary: string, version?: string): string;
  /** All of them, for reports. */
  readonly binaries: readonly { name: string; version: string; path: string; source: Found['source'] }[];
}

/**
 * Makes sure that every tool of the groups is there: found on this machine (named by an environment variable, in the
 * cache, on PATH), else from its official release, verified by checksum, else built from its Go module or installed from
 * PyPI. Builds run one at a time, since Go uses all processors. With everything in the cache this takes milliseconds.
 *
 * @throws UserError naming the tool, the ways, why each didn't work and what to do
 */
export async function ensureTools(groups: readonly ToolGroup[], options: EnsureOptions = {}): Promise<Tools> {
  const known = options.tools ?? allTools;
  const env = options.env ?? process.env;
  const platform = currentPlatform();
  if (!platform) throw unsupportedPlatform();
  const cache = cacheDirectory(env);
  const { kubernetes } = options;
  const wanted = known.filter(
    (tool) =>
      tool.groups.some((group) => groups.includes(group)) &&
      (!kubernetes || tool.kubernetes === undefined || kubernetes.includes(tool.kubernetes)),
  );
  const lookups = await Promise.all(
    wanted.map(async (tool) => ({
      tool,
      lookup: await lookUp(tool, { cache, platform, env, ambiguous: isAmbiguous(tool, known) }),
    })),
  );
  const report = (tool: Tool, phase: ToolPhase, detail?: string, elapsed?: number) =>
    options.onProgress?.({ tool: { name: tool.name, version: tool.version }, phase, detail, elapsed });
  const missing = lookups.filter(({ tool, lookup }) => tool.binaries.some(({ name }) => !lookup.found[name]));
  for (const { tool } of lookups.filter((entry) => !missing.includes(entry))) report(tool, 'found');
  for (const { tool } of missing) report(tool, 'missing');

  // The first failure stops the rest: nobody wants to wait ten minutes for a build only to read about another one.
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const unreachable: UnreachableHosts = new Map();
  const oneAtATime = queue();
  const results = await Promise.allSettled(
    missing.map(async ({ tool, lookup }) => {
      try {
        const directory = await provide(tool, lookup.rejected, {
          ...options,
          env,
          signal,
          cache,
          platform,
          unreachable,
          report,
          oneAtATime,
        });
        for (const { name } of tool.binaries) lookup.found[name] ??= { source: 'cache', path: join(directory, name) };
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    }),
  );
  options.signal?.throwIfAborted();
  if (results.some(({ status }) => status === 'rejected')) throw stop.signal.reason;
  return asTools(lookups.map(({ tool, lookup }) => ({ tool, found: lookup.found })));
}

interface ProvideContext extends EnsureOptions {
  env: Record<string, string | undefined>;
  signal: AbortSignal;
  cache: string;
  platform: Platform;
  unreachable: UnreachableHosts;
  report: (tool: Tool, phase: ToolPhase, detail?: string, elapsed?: number) => void;
  oneAtATime: <T>(task: () => Promise<T>) => Promise<T>;
}

/** Release or build, into the cache. */
async function provide(tool: Tool, rejected: string[], context: ProvideContext): Promise<string> {
  const { cache, platform, signal, env, unreachable } = context;
  const startedAt = Date.now();
  const report = (phase: ToolPhase, detail?: string) => context.report(tool, phase, detail, Date.now() - startedAt);
  const step = (phase: ToolPhase): StepContext => ({
    unreachable,
    signal,
    env,
    onDetail: (detail) => report(phase, detail),
  });
  const fill = async (directory: string) => {
    let release = 'upstream publishes none for this platform';
    const files = tool.release(platform);
    if (files.length > 0) {
      report('downloading');
      try {
        const download = context.download ?? (await import('./download.ts')).downloadRelease;
        await download(files, directory, step('downloading'));
        return await verify(tool, directory);
      } catch (error) {
        signal.throwIfAborted();
        release = messageOf(error);
        for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
      }
    }
    report('queued');
    await context.oneAtATime(async () => {
      signal.throwIfAborted();
      report('building');
      try {
        const build = context.build ?? (await import('./build.ts')).buildTool;
        await build(tool, directory, step('building'));
        await verify(tool, directory);
      } catch (error) {
        signal.throwIfAborted();
        throw cannotProvide(tool, { rejected, cache, release, build: messageOf(error), cause: error });
      }
    });
  };
  try {
    const directory = await install(cache, tool, platform, fill, {
      signal,
      lockStale: context.lockStale,
      onWait: () => report('waiting', 'another run is installing it'),
    });
    report('installed');
    return directory;
  } catch (error) {
    report('failed', signal.aborted ? 'stopped' : undefined);
    throw cacheUnusable(cache, error) ?? error;
  }
}

/** A binary counts as made only when it runs and says the version it should. */
async function verify(tool: Tool, directory: string): Promise<void> {
  for (const binary of tool.binaries) {
    const version = await versionOf(join(directory, binary.name), binary);
    // The plugin built from a release's Go module and the released one say the same.
    if (!accepts(version, tool.version))
      throw new Error(`${binary.name} says it is ${version} instead of ${tool.version}`);
  }
}

export interface ListedTool {
  name: string;
  version: string;
  groups: ToolGroup[];
  neededFor: string;
  binaries: { name: string; source?: Found['source']; path?: string }[];
  /** Every binary is there. */
  present: boolean;
}

/** Every tool and where it is on this machine; installs nothing. */
export async function listTools(options: Pick<EnsureOptions, 'env' | 'tools'> = {}): Promise<ListedTool[]> {
  const known = options.tools ?? allTools;
  const env = options.env ?? process.env;
  const platform = currentPlatform();
  if (!platform) throw unsupportedPlatform();
  const cache = cacheDirectory(env);
  return Promise.all(
    known.map(async (tool) => {
      const { found } = await lookUp(tool, { cache, platform, env, ambiguous: isAmbiguous(tool, known) });
      const binaries = tool.binaries.map(({ name }) => ({ name, ...found[name] }));
      const { name, version, groups, neededFor } = tool;
      return { name, version, groups, neededFor, binaries, present: binaries.every(({ path }) => path) };
    }),
  );
}

function asTools(provided: { tool: Tool; found: Record<string, Found> }[]): Tools {
  const binaries = provided.flatMap(({ tool, found }) =>
    Object.entries(found).map(([name, { path, source }]) => ({ name, version: tool.version, path, source })),
  );
  return {
    binaries,
    path: (binary, version) => {
      const matches = binaries.filter(({ name, version: has }) => name === binary && (!version || has === version));
      if (matches.length === 1 && matches[0]) return matches[0].path;
      const which = `${binary}${version ? ` ${version}` : ''}`;
      throw new Error(
        matches.length === 0
          ? `${which} is not among the tools that were asked for`
          : `${which} is there in several versions (${matches.map((match) => match.version).join(', ')}): say which`,
      );
    },
  };
}

/** Another tool of the list has the same name: an environment variable has to say the version. */
function isAmbiguous(tool: Tool, known: readonly Tool[]): boolean {
  return known.filter(({ name }) => name === tool.name).length > 1;
}

/** Runs tasks one after the other, in the order they come. */
function queue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    last = next.catch(() => {});
    return next;
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
