import { existsSync } from 'node:fs';
import { basename, delimiter } from 'node:path';
import { UserError } from '../errors/index.ts';
import type { ChartPin } from '../releases/release.ts';
import { directoryDigest, fileDigest, unpackedArchive } from './archive.ts';
import { chartMetadata, sameVersion, spellings } from './chart.ts';
import { lockInUse, lockKey } from './lock.ts';
import { chartCache, givenDirectories } from './places.ts';
import { type Candidate, chartsIn, forgetDirectories } from './scan.ts';

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

/** What was found in this process so far, by name and version. */
const used = new Map<string, FoundChart>();

/** Every chart that {@link findChart} has handed out in this process. */
export function usedCharts(): FoundChart[] {
  return [...used.values()];
}

/**
 * Unpacked directory of the chart at exactly the pinned version: of a directory that was given, else of the cache, and
 * only where neither has it a stand-in. Within a directory charts may lie in any order, unpacked or as `.tgz`; their
 * Chart.yaml says what they are.
 * @param directories  where to look instead
 * @throws UserError when it is nowhere, or a directory or archive named for the version holds another one.
 */
export function findChart(pin: ChartPin, directories?: string[]): string {
  const { found, passedOver, places } = searchChart(pin, directories);
  if (found) {
    used.set(`${pin.chart}-${pin.version}`, found);
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

/** Like {@link findChart}, for who wants to know where it is, or why it isn't. */
export function searchChart(pin: ChartPin, directories?: string[]): Search {
  const first = search(pin, directories);
  if (first.found) return first;
  // Somebody may have put it there since the directories were looked at.
  forgetDirectories();
  return search(pin, directories);
}

function search(pin: ChartPin, directories?: string[]): Search {
  const given = directories ?? givenDirectories();
  const places = directories ? given : [...given, chartCache()];
  const passedOver: string[] = [];
  let standIn: FoundChart | undefined;
  for (const place of places) {
    const cached = !directories && place === places.at(-1);
    for (const candidate of byName(chartsIn(place).get(pin.chart) ?? [], pin)) {
      // Gone since the directory was looked at.
      if (!existsSync(candidate.path)) continue;
      const opened = open(candidate, pin);
      if ('reason' in opened) {
        // The other versions of stand-ins are no news.
        if (!candidate.standIn) passedOver.push(opened.reason);
        continue;
      }
      const { path, archive, isStandIn } = opened;
      const origin: ChartOrigin = isStandIn ? 'stand-in' : cached ? 'cache' : 'directory';
      const found = { chart: pin.chart, version: pin.version, origin, path, ...(archive ? { archive } : {}), place };
      const other = cached ? otherThanLocked(found) : undefined;
      if (other) passedOver.push(other);
      else if (isStandIn) standIn ??= found;
      else return { found, passedOver, places };
    }
  }
  return { found: standIn, passedOver, places };
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
function open(candidate: Candidate, pin: ChartPin): Opened {
  const named = isNamedFor(candidate, pin);
  if (candidate.archive && candidate.version && !named) return { reason: `${candidate.path} is ${candidate.version}` };
  const path = candidate.archive ? unpackedArchive(candidate.path) : candidate.path;
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

/** Why a chart of the cache isn't the one that the lock has. */
function otherThanLocked({ chart, version, path, archive }: FoundChart): string | undefined {
  const { lock } = lockInUse();
  const locked = lock[lockKey({ chart, version })];
  if (!locked) return undefined;
  const same = archive ? fileDigest(archive) === locked.sha256 : directoryDigest(path) === locked.files;
  return same ? undefined : `${archive ?? path} isn't the ${version} that the lock has`;
}
