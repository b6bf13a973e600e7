import { existsSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { UserError } from '../errors/index.ts';
import type { ChartPin } from '../releases/release.ts';
import { cacheDirectory } from '../toolchain/index.ts';
import { directoryDigest, fileDigest, unpackedArchive } from './archive.ts';
import { chartMetadata, sameVersion, spellings } from './chart.ts';
import { type ChartLock, lockKey, readLock } from './lock.ts';
import { type Candidate, chartsIn } from './scan.ts';

/**
 * Where a chart comes from. `directory`: one that was given (`--charts`, `KUBEZERO_CHARTS`); `cache`: pulled before;
 * `stand-in`: only has the names of upstream's, wherever it lies.
 */
export type ChartOrigin = 'directory' | 'cache' | 'stand-in';

/** A chart at its pinned version on this machine. */
export interface FoundChart {
  chart: string;
  version: string;
  origin: ChartOrigin;
  /** The unpacked chart. */
  path: string;
  /** The archive it was unpacked from, where there is one. */
  archive?: string;
  /** Directory it was looked for in. */
  place: string;
}

/** A search for a chart. */
export interface Search {
  found?: FoundChart;
  /** Why charts of this name were passed over, e.g. `/charts/istiod is 1.12.0`. */
  passedOver: string[];
  places: string[];
}

export interface ChartStoreOptions {
  /** Directories of charts that are looked in first, before those of `KUBEZERO_CHARTS` (separated by `:`). */
  given?: readonly string[];
  /** Environment variables of the command: `KUBEZERO_CHARTS`, and where the cache is. */
  env: Record<string, string | undefined>;
  /** Charts of the cache must be those of this lock file; absent: whatever is there. */
  lockFile?: string;
}

/**
 * The charts that a run works with: where they are looked for, and which were found so far. Directories are looked at
 * once, and again only for a chart that isn't there: a preview asks for each of forty charts, and directories rarely
 * change meanwhile.
 */
export class ChartStore {
  /** Where charts that were pulled are kept: `charts` in `KUBEZERO_CACHE`, else in `~/.cache/kubezero`. */
  readonly cache: string;
  readonly #options: ChartStoreOptions;
  readonly #given: readonly string[];
  readonly #indexes = new Map<string, Map<string, Candidate[]>>();
  readonly #used = new Map<string, FoundChart>();
  #lock: ChartLock | undefined;

  constructor(options: ChartStoreOptions) {
    const { given = [], env } = options;
    const known = (env.KUBEZERO_CHARTS ?? '').split(delimiter).filter(Boolean);
    this.#options = options;
    this.#given = [...new Set([...given, ...known].map((directory) => resolve(directory)))];
    this.cache = join(cacheDirectory(env), 'charts');
  }

  /**
   * Directories of charts that were given: they win over the cache and over the lock.
   * @throws UserError when one isn't there
   */
  get directories(): readonly string[] {
    this.refuseMissing();
    return this.#given;
  }

  /** @throws UserError when a directory that was given isn't there: others' charts must not be used unnoticed. */
  refuseMissing(): void {
    const missing = this.#given.find((directory) => !existsSync(directory));
    if (missing === undefined) return;
    throw new UserError('A directory of charts that was given is not there.', {
      where: missing,
      fix: 'Correct --charts or KUBEZERO_CHARTS.',
      state: 'Nothing was changed.',
    });
  }

  /** The same with further directories, before all others. */
  with(directories: readonly string[]): ChartStore {
    const { given = [], ...options } = this.#options;
    return new ChartStore({ ...options, given: [...directories, ...given] });
  }

  /** Every chart that {@link find} has handed out. */
  used(): FoundChart[] {
    return [...this.#used.values()];
  }

  /**
   * Unpacked directory of the chart at exactly the pinned version: of a directory that was given, else of the cache, and
   * only where neither has it a stand-in. Within a directory charts may lie in any order, unpacked or as `.tgz`; their
   * Chart.yaml says what they are.
   * @throws UserError when it is nowhere, or a directory or archive named for the version holds another one.
   */
  find(pin: ChartPin): string {
    const { found, passedOver, places } = this.search(pin);
    if (found) {
      this.#used.set(`${pin.chart}-${pin.version}`, found);
      return found.path;
    }
    throw new UserError(`Helm chart ${pin.chart} ${pin.version} is nowhere to be found.`, {
      where: places.join(delimiter) + (passedOver.length > 0 ? ` (${passedOver.join(', ')})` : ''),
      fix: pin.repository
        ? `Run \`kubezero charts pull\`; or put it into a directory as ${pin.chart}-${pin.version}.tgz and give that with --charts.`
        : `Upstream has it in no repository: put it into a directory as ${pin.chart}-${pin.version}/ and give that with --charts.`,
      state: 'Nothing was changed.',
    });
  }

  /** Like {@link find}, for who wants to know where it is, or why it isn't. */
  search(pin: ChartPin): Search {
    const first = this.#search(pin);
    if (first.found) return first;
    // Somebody may have put it there since the directories were looked at.
    this.forgetDirectories();
    return this.#search(pin);
  }

  /** Directories are looked at anew. */
  forgetDirectories(): void {
    this.#indexes.clear();
  }

  #search(pin: ChartPin): Search {
    const places = [...this.directories, this.cache];
    const passedOver: string[] = [];
    let standIn: FoundChart | undefined;
    for (const [index, place] of places.entries()) {
      // Who gives the cache itself isn't held to the lock there, as in any directory that is given.
      const cached = index === places.length - 1;
      for (const candidate of byName(this.#chartsIn(place).get(pin.chart) ?? [], pin)) {
        // Gone since the directory was looked at.
        if (!existsSync(candidate.path)) continue;
        const opened = open(candidate, pin, this.cache);
        if ('reason' in opened) {
          // The other versions of stand-ins are no news.
          if (!candidate.standIn) passedOver.push(opened.reason);
          continue;
        }
        const { path, archive, isStandIn } = opened;
        const origin: ChartOrigin = isStandIn ? 'stand-in' : cached ? 'cache' : 'directory';
        const found = { chart: pin.chart, version: pin.version, origin, path, ...(archive ? { archive } : {}), place };
        const other = cached ? this.#otherThanLocked(found) : undefined;
        if (other) passedOver.push(other);
        else if (isStandIn) standIn ??= found;
        else return { found, passedOver, places };
      }
    }
    return { found: standIn, passedOver, places };
  }

  #chartsIn(directory: string): Map<string, Candidate[]> {
    let index = this.#indexes.get(directory);
    if (!index) {
      index = chartsIn(directory);
      this.#indexes.set(directory, index);
    }
    return index;
  }

  /** Why a chart of the cache isn't the one that the lock has. */
  #otherThanLocked({ chart, version, path, archive }: FoundChart): string | undefined {
    const { lockFile } = this.#options;
    this.#lock ??= lockFile === undefined ? {} : readLock(lockFile);
    const locked = this.#lock[lockKey({ chart, version })];
    if (!locked) return undefined;
    const same = archive ? fileDigest(archive) === locked.sha256 : directoryDigest(path) === locked.files;
    return same ? undefined : `${archive ?? path} isn't the ${version} that the lock has`;
  }
}

/** Charts for a command that renders some: {@link ChartStore} whose directories are all there. */
export function openCharts(options: ChartStoreOptions): ChartStore {
  const charts = new ChartStore(options);
  charts.refuseMissing();
  return charts;
}

/** Those that are named for the version come first. */
function byName(candidates: Candidate[], pin: ChartPin): Candidate[] {
  return [...candidates].sort((a, b) => Number(isNamedFor(b, pin)) - Number(isNamedFor(a, pin)));
}

function isNamedFor({ path }: Candidate, { chart, version }: ChartPin): boolean {
  const name = basename(path).replace(/\.(tgz|tar\.gz)$/, '');
  return spellings(version).some((spelling) => name === `${chart}-${spelling}`);
}

type Opened = { path: string; archive?: string; isStandIn: boolean } | { reason: string };

/** @throws UserError where its name says the version, but it isn't. */
function open(candidate: Candidate, pin: ChartPin, cache: string): Opened {
  const named = isNamedFor(candidate, pin);
  if (candidate.archive && candidate.version && !named) return { reason: `${candidate.path} is ${candidate.version}` };
  const path = candidate.archive ? unpackedArchive(candidate.path, cache) : candidate.path;
  const { name, version, standIn } = candidate.archive ? chartMetadata(path) : candidate;
  if (name === pin.chart && sameVersion(version, pin.version)) {
    return { path, ...(candidate.archive ? { archive: candidate.path } : {}), isStandIn: standIn };
  }
  const what = [name === pin.chart ? undefined : name, version || 'a Chart.yaml without a version'];
  const holds = what.filter(Boolean).join(' ');
  if (!named) return { reason: `${candidate.path} is ${holds}` };
  throw new UserError(
    `Helm chart ${pin.chart} must be ${pin.version}, but this ${candidate.archive ? 'archive' : 'directory'} holds ${holds}.`,
    {
      where: candidate.path,
      fix: 'Replace it with the pinned version.',
      state: 'Nothing was changed.',
    },
  );
}
