import { parse } from 'yaml';
import type { ChartPin } from '../releases/release.ts';
import { type DownloadContext, request } from '../toolchain/download.ts';
import { sameVersion } from './chart.ts';

/** A chart as a Helm repository offers it. */
export interface OfferedChart {
  url: string;
  /** SHA-256 of the archive, where the repository gives one. */
  digest?: string;
}

interface IndexEntry {
  version?: unknown;
  urls?: unknown[];
  digest?: unknown;
}

/** Helm repositories that are asked in one run; each index is fetched once. */
export class HelmRepositories {
  readonly #indexes = new Map<string, Promise<string>>();

  /**
   * Where a repository has a chart at its pinned version.
   * @throws Error saying why there is none, one sentence
   */
  async offered({ chart, version, repository = '' }: ChartPin, context: DownloadContext): Promise<OfferedChart> {
    const base = repository.endsWith('/') ? repository : `${repository}/`;
    let index = this.#indexes.get(base);
    if (!index) {
      index = request(`${base}index.yaml`, context).then((response) => response.text());
      index.catch(() => {});
      this.#indexes.set(base, index);
    }
    const entries = entriesOf(await index, chart, base);
    const entry = entries.find((candidate) => sameVersion(String(candidate.version), version));
    if (!entry) throw new Error(notOffered(entries, version, base));
    const [url] = entry.urls ?? [];
    if (typeof url !== 'string') throw new Error(`${base}index.yaml names no archive for ${chart} ${version}`);
    const digest = typeof entry.digest === 'string' ? entry.digest.replace(/^sha256:/, '').toLowerCase() : undefined;
    return { url: new URL(url, base).href, ...(digest ? { digest } : {}) };
  }
}

function notOffered(entries: IndexEntry[], version: string, base: string): string {
  if (entries.length === 0) return `${base}index.yaml has no such chart`;
  const [minor] = /^\d+\.\d+/.exec(version.replace(/^v/, '')) ?? [];
  const versions = entries.map((entry) => String(entry.version));
  const near = versions.filter((other) => minor && other.replace(/^v/, '').startsWith(`${minor}.`));
  return `${base}index.yaml has not this version, only ${(near.length > 0 ? near : versions).slice(0, 4).join(', ')}${versions.length > 4 ? ', ...' : ''}`;
}

/**
 * A chart's entries of an index. Some indexes are twenty megabytes of other charts, which take half a minute to parse:
 * Helm writes them in one form, so the chart's part is cut out first.
 */
function entriesOf(index: string, chart: string, base: string): IndexEntry[] {
  const start = index.indexOf(`\n  ${chart}:\n  - `);
  const part = start < 0 ? index : `entries:${index.slice(start, endOfEntry(index, start + 1))}`;
  let parsed: unknown;
  try {
    parsed = parse(part);
  } catch (cause) {
    throw new Error(`${base}index.yaml is no index of a Helm repository`, { cause });
  }
  const entries = (parsed as { entries?: Record<string, unknown> } | null)?.entries?.[chart];
  return Array.isArray(entries) ? (entries as IndexEntry[]) : [];
}

/** The next key of the same depth or above. */
function endOfEntry(index: string, start: number): number {
  const next = /\n(?: {2})?[^\s-]/g;
  next.lastIndex = index.indexOf('\n', start);
  return next.exec(index)?.index ?? index.length;
}
