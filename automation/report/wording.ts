import type { ChangeCounts, ChartUse, ResourceOperation, StepOutcome, Wait } from './events.ts';

/** Milliseconds between two event times. */
export function elapsed(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}

/** `2 created, 1 updated, 30 unchanged`; in a preview `2 to create, 1 to update, 30 unchanged`. */
export function changeCounts(changes: ChangeCounts, preview = false): string {
  const words = [
    [changes.create, 'created', 'to create'],
    [changes.update, 'updated', 'to update'],
    [changes.replace, 'replaced', 'to replace'],
    [changes.delete, 'deleted', 'to delete'],
    [changes.move ?? 0, 'moved within the state', 'to move within the state'],
  ] as const;
  const parts = words
    .filter(([count]) => count > 0)
    .map(([count, done, planned]) => `${count} ${preview ? planned : done}`);
  if (parts.length === 0) return `no changes, ${changes.same} resources as they should be`;
  if (changes.same > 0) parts.push(`${changes.same} unchanged`);
  return parts.join(', ');
}

/** What to call a step's outcome: `changed` is what a step is for, so it is simply done. */
export const outcomeWord: Record<StepOutcome, string> = {
  changed: 'done',
  'already-done': 'already done',
  skipped: 'skipped',
  failed: 'FAILED',
};

export const operationMark: Record<ResourceOperation, string> = {
  create: '+',
  update: '~',
  replace: '+-',
  delete: '-',
  read: '>',
  import: '=',
  move: '→',
  refresh: '?',
};

/** `Pod a: CrashLoopBackOff; Node b: not Ready; 3 more`. */
export function waitList(waits: Wait[], shown = 3): string {
  const parts = waits.slice(0, shown).map(({ object, reason }) => `${object}: ${reason}`);
  if (waits.length > shown) parts.push(`${waits.length - shown} more`);
  return parts.join('; ');
}

/**
 * `charts: 2 from /charts, 3 from the cache, 19 stand-ins, which only have the names of upstream's: cilium 1.11.3, ...`:
 * every stand-in by name, since it isn't what it seems.
 */
export function chartOrigins(charts: ChartUse[]): string {
  const count = (origin: ChartUse['origin']) => charts.filter((chart) => chart.origin === origin).length;
  const given = charts.filter(({ origin }) => origin === 'directory');
  const places = [...new Set(given.map(({ place }) => place))];
  const standIns = charts.filter(({ origin }) => origin === 'stand-in');
  const parts = [
    ...places.map((place) => `${given.filter((chart) => chart.place === place).length} from ${place}`),
    ...(count('cache') > 0 ? [`${count('cache')} from the cache`] : []),
    ...(standIns.length > 0
      ? [
          `${standIns.length} stand-in${standIns.length > 1 ? 's' : ''} with no more than the names of upstream's: ${standIns.map(({ chart, version }) => `${chart} ${version}`).join(', ')}`,
        ]
      : []),
  ];
  return `charts: ${parts.join('; ') || 'none'}`;
}

/** `a, b and 3 more`. */
export function objectList(objects: string[], shown = 3): string {
  if (objects.length <= shown) return objects.join(', ');
  return `${objects.slice(0, shown).join(', ')} and ${objects.length - shown} more`;
}
