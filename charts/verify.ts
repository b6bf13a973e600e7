import type { ChartPin } from '../releases/release.ts';
import { directoryDigest, fileDigest } from './archive.ts';
import { type ChartLock, lockKey } from './lock.ts';
import type { ChartOrigin, ChartStore, FoundChart } from './store.ts';

/**
 * How a chart on this machine stands to the lock. `locked`: it is the one; `differs`: it isn't; `unlocked`: the lock
 * doesn't know it; `missing`: there is none.
 */
export type LockState = 'locked' | 'differs' | 'unlocked' | 'missing';

/** A pinned chart: what was found of it and whether that is what was locked. */
export interface ExaminedChart {
  chart: string;
  version: string;
  repository?: string;
  /** Absent: it is nowhere. */
  origin?: ChartOrigin;
  /** The archive, or the unpacked chart. */
  path?: string;
  /** SHA-256 of the archive; of an unpacked chart that over its files, as `files:<digest>`. */
  digest?: string;
  lock: LockState;
  /** Why it is nowhere, or why charts of its name were passed over. */
  passedOver?: string[];
}

/** Looks for a chart and compares it with the lock. */
export function examineChart(charts: ChartStore, pin: ChartPin, lock: ChartLock): ExaminedChart {
  const { chart, version, repository } = pin;
  const base = { chart, version, ...(repository ? { repository } : {}) };
  const attempt = lookFor(charts, pin);
  const passedOver = attempt.passedOver.length > 0 ? { passedOver: attempt.passedOver } : {};
  const { found } = attempt;
  if (!found) return { ...base, lock: 'missing', ...passedOver };
  const digest = digestOf(found);
  const locked = lock[lockKey(pin)];
  const same = locked && (digest === locked.sha256 || digest === `files:${locked.files}`);
  return {
    ...base,
    origin: found.origin,
    path: found.archive ?? found.path,
    digest,
    lock: locked ? (same ? 'locked' : 'differs') : 'unlocked',
    ...passedOver,
  };
}

/** A chart that must be refused is as good as none; the reason says it. */
function lookFor(charts: ChartStore, pin: ChartPin): { found?: FoundChart; passedOver: string[] } {
  try {
    return charts.search(pin);
  } catch (error) {
    const { message, where } = error as Error & { where?: string };
    return { passedOver: [`${where ? `${where}: ` : ''}${message}`] };
  }
}

function digestOf({ path, archive }: FoundChart): string {
  return archive ? fileDigest(archive) : `files:${directoryDigest(path)}`;
}
