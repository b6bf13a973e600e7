import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pMap from 'p-map';
import { UserError } from '../errors/index.ts';
import type { ChartPin } from '../releases/release.ts';
import { type DownloadContext, fetchTo } from '../toolchain/download.ts';
import type { OnProgress } from '../toolchain/index.ts';
import { directoryDigest, fileDigest, unpackedArchive } from './archive.ts';
import { chartMetadata, sameVersion, spellings } from './chart.ts';
import { type LockedChart, lockKey, readLock, writeLock } from './lock.ts';
import { HelmRepositories } from './repository.ts';
import type { ChartStore } from './store.ts';

/** What became of one chart. */
export interface PulledChart {
  chart: string;
  version: string;
  /** `present`: the cache had it already. `unpublished`: upstream has it in no repository. */
  outcome: 'pulled' | 'present' | 'unpublished' | 'failed';
  /** SHA-256 of the archive. */
  sha256?: string;
  /** It was not in the lock before: trusted as it came. */
  trusted?: boolean;
  /** Why it failed. */
  reason?: string;
}

export interface PullOptions {
  /** Charts are put into its cache. */
  charts: ChartStore;
  /** Lock file; entries of charts that come for the first time are added. */
  lockFile: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Archives fetched at the same time; default: 4. */
  concurrency?: number;
}

/**
 * Fetches charts from their Helm repositories into the cache. What comes must be what the repository's index says and what
 * the lock has since the first time. One that fails doesn't stop the others; the lock has every one that came.
 */
export async function pullCharts(pins: readonly ChartPin[], options: PullOptions): Promise<PulledChart[]> {
  const { charts, lockFile, onProgress, signal } = options;
  const { cache } = charts;
  const lock = readLock(lockFile);
  const before = new Set(Object.keys(lock));
  const repositories = new HelmRepositories();
  const unreachable: DownloadContext['unreachable'] = new Map();
  const pulled = await pMap(
    distinct(pins),
    async (pin): Promise<PulledChart> => {
      const { chart, version } = pin;
      const key = lockKey(pin);
      const tool = { name: chart, version };
      const done = (outcome: PulledChart['outcome'], locked: LockedChart) => {
        lock[key] = locked;
        return { chart, version, outcome, sha256: locked.sha256, ...(before.has(key) ? {} : { trusted: true }) };
      };
      if (!pin.repository) return { chart, version, outcome: 'unpublished' };
      const started = Date.now();
      try {
        const present = cached(pin, lock[key], cache);
        if (present) return done('present', present);
        onProgress?.({ tool, phase: 'missing' });
        onProgress?.({ tool, phase: 'downloading' });
        const onDetail = (detail: string) =>
          onProgress?.({ tool, phase: 'downloading', detail, elapsed: Date.now() - started });
        const locked = await fetchChart(pin, repositories, lock[key], cache, { unreachable, onDetail, signal });
        onProgress?.({ tool, phase: 'installed', elapsed: Date.now() - started });
        return done('pulled', locked);
      } catch (error) {
        signal?.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        onProgress?.({ tool, phase: 'failed', detail: reason, elapsed: Date.now() - started });
        return { chart, version, outcome: 'failed', reason };
      }
    },
    { concurrency: options.concurrency ?? 4, signal },
  ).finally(() => {
    charts.forgetDirectories();
    if (Object.keys(lock).some((key) => !before.has(key))) writeLock(lockFile, lock);
  });
  return pulled;
}

function distinct(pins: readonly ChartPin[]): ChartPin[] {
  return [...new Map(pins.map((pin) => [lockKey(pin), pin])).values()];
}

/** What the cache's archive is, unless the lock has another one. */
function cached(pin: ChartPin, locked: LockedChart | undefined, cache: string): LockedChart | undefined {
  const archive = spellings(pin.version)
    .map((version) => join(cache, `${pin.chart}-${version}.tgz`))
    .find((file) => existsSync(file));
  if (!archive) return undefined;
  const sha256 = fileDigest(archive);
  if (locked) return locked.sha256 === sha256 ? locked : undefined;
  return { repository: pin.repository!, sha256, files: directoryDigest(checked(archive, cache, sha256, pin)) };
}

/** Fetches an archive, checks it, and puts it into the cache by one rename. */
async function fetchChart(
  pin: ChartPin,
  repositories: HelmRepositories,
  locked: LockedChart | undefined,
  cache: string,
  context: DownloadContext,
): Promise<LockedChart> {
  const name = `${pin.chart}-${pin.version}.tgz`;
  const offer = await repositories.offered(pin, context);
  if (locked && offer.digest && offer.digest !== locked.sha256) throw otherThanLocked(pin, offer.digest, locked);
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, '.partial-'));
  try {
    const file = join(partial, name);
    await fetchTo(offer.url, file, context);
    const sha256 = fileDigest(file);
    if (offer.digest && offer.digest !== sha256) {
      throw new Error(`${offer.url} has the SHA-256 ${sha256}, but the repository says ${offer.digest}: refused`);
    }
    if (locked && locked.sha256 !== sha256) throw otherThanLocked(pin, sha256, locked);
    const files = directoryDigest(checked(file, cache, sha256, pin, offer.url));
    renameSync(file, join(cache, name));
    return { repository: pin.repository!, sha256, files };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The unpacked chart of an archive. @throws Error when it is another chart than the pinned one. */
function checked(archive: string, cache: string, sha256: string, pin: ChartPin, from = archive): string {
  const path = unpacked(archive, cache, sha256, from);
  const { name, version } = chartMetadata(path);
  if (name === pin.chart && sameVersion(version, pin.version)) return path;
  throw new Error(`${from} holds ${name} ${version}: refused`);
}

function unpacked(archive: string, cache: string, sha256: string, from: string): string {
  try {
    return unpackedArchive(archive, cache, sha256);
  } catch (error) {
    if (error instanceof UserError) throw new Error(`${from} is no archive of a chart`, { cause: error });
    throw error;
  }
}

function otherThanLocked({ repository }: ChartPin, sha256: string, locked: LockedChart): Error {
  return new Error(
    `${repository} now has another archive (SHA-256 ${sha256}) than the one that was locked (${locked.sha256}): refused`,
  );
}
