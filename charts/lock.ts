import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Document, parseDocument } from 'yaml';
import { UserError } from '../errors/index.ts';
import type { ChartPin } from '../releases/release.ts';

/** What is known of a chart since it was first pulled. */
export interface LockedChart {
  /** Helm repository it came from. */
  repository: string;
  /** SHA-256 of the archive. */
  sha256: string;
  /** SHA-256 over the files in it, for charts that somebody unpacked. */
  files: string;
}

/** By `<chart>-<version>` as pinned. */
export type ChartLock = Record<string, LockedChart>;

/** Name of the lock file, beside the environments. */
export const lockFileName = 'charts.lock.yaml';

const header = ` Charts as they were first pulled: \`kubezero charts pull\` writes this, and refuses others of the same version.
 Keep it in git.`;

/** What a chart is called in the lock. */
export function lockKey({ chart, version }: Pick<ChartPin, 'chart' | 'version'>): string {
  return `${chart}-${version}`;
}

/**
 * Reads a lock file; empty where there is none.
 * @throws UserError when it isn't one.
 */
export function readLock(file: string): ChartLock {
  if (!existsSync(file)) return {};
  const document = parseDocument(readFileSync(file, 'utf8'));
  const charts: unknown = document.errors.length > 0 ? undefined : document.toJS()?.charts;
  const broken = Object.entries((charts as object | undefined) ?? { '': undefined }).find(
    ([, entry]) => !isLocked(entry),
  );
  if (!broken) return charts as ChartLock;
  throw new UserError(`The lock of the charts can't be read${broken[0] ? `: ${broken[0]} has no digests` : ''}.`, {
    where: file,
    fix: 'Take it from git again; or delete the entry to trust the next chart that is pulled.',
    state: 'Nothing was changed.',
  });
}

function isLocked(entry: unknown): boolean {
  const { sha256, files } = (entry ?? {}) as Partial<LockedChart>;
  return [sha256, files].every((digest) => typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest));
}

/** Writes a lock file, entries in order; whole or not at all. */
export function writeLock(file: string, lock: ChartLock): void {
  const charts = Object.fromEntries(Object.entries(lock).sort(([a], [b]) => (a < b ? -1 : 1)));
  const document = new Document({ charts });
  document.commentBefore = header;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, document.toString());
  renameSync(`${file}.new`, file);
}
