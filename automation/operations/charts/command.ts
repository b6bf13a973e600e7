import { join } from 'node:path';
import { type ChartStore, lockFileName, openCharts, readLock } from '../../../charts/index.ts';
import { type PulledChart, pullCharts } from '../../../charts/pull.ts';
import { type ExaminedChart, examineChart } from '../../../charts/verify.ts';
import { displayPath } from '../../../environment/environment.ts';
import { type ExitCode, exitCode } from '../../../errors/index.ts';
import { liveProgress, plainProgress } from '../../../toolchain/index.ts';
import type { CommandContext } from '../../report/command-context.ts';
import { type ChartSelection, type WantedChart, wantedCharts } from './wanted.ts';

export interface ChartsOptions extends ChartSelection {
  action: 'list' | 'pull' | 'verify';
  charts?: string[];
}

type Examined = ExaminedChart & { releases: string[] };

/** `kubezero charts list`. With --json: `{ cache, lock, charts: [...] }`. */
export async function list(selection: ChartsOptions, context: CommandContext): Promise<ExitCode> {
  const store = storeOf(selection, context);
  const charts = examine(store, selection, context);
  if (context.json) {
    printJson(store, charts, context);
    return exitCode.ok;
  }
  const rows = charts.map(({ chart, version, releases, repository, lock, digest, ...found }) => [
    chart,
    version,
    releases.join(', '),
    origin(found),
    found.origin === 'stand-in' ? '' : (digest?.replace(/^(files:)?(.{12}).*/, '$1$2') ?? ''),
    lockWord({ lock, ...found }),
    repository ?? 'not in a repository',
  ]);
  printTable(['CHART', 'VERSION', 'RELEASE', 'FROM', 'DIGEST', 'LOCK', 'REPOSITORY'], rows, context);
  for (const line of remarks(charts)) context.print(line);
  context.print(`cache: ${store.cache}`);
  return exitCode.ok;
}

/** `kubezero charts verify`. Exit code 6 where a chart isn't what was locked, or is nowhere. */
export async function verify(selection: ChartsOptions, context: CommandContext): Promise<ExitCode> {
  const store = storeOf(selection, context);
  const charts = examine(store, selection, context);
  const off = charts.filter(({ lock, origin }) => lock !== 'locked' || origin === 'stand-in');
  if (context.json) printJson(store, charts, context);
  else {
    for (const chart of charts) {
      const good = chart.lock === 'locked' && chart.origin !== 'stand-in';
      context.print(`${good ? 'ok  ' : 'OFF '}${chart.chart} ${chart.version}: ${finding(chart)}`);
    }
    const what = off.length === 0 ? 'all as locked' : `${off.length} not as locked`;
    context.print(`${charts.length} charts, ${what} (${displayPath(lockFile(context))})`);
  }
  return off.length === 0 ? exitCode.ok : exitCode.unverified;
}

/** `kubezero charts pull`. Exit code 4 where one can't be had. With --json: progress on stderr, then `{ lock, charts }`. */
export async function pull(selection: ChartsOptions, context: CommandContext): Promise<ExitCode> {
  const store = storeOf(selection, context);
  const wanted = wantedCharts(selection, context.stacksDirectory);
  const view = context.tty && !context.json ? await liveProgress() : plainProgress(context.warn);
  const lock = lockFile(context);
  const pulled = await pullCharts(
    wanted.map(({ pin }) => pin),
    { charts: store, lockFile: lock, signal: context.signal, onProgress: view.onProgress },
  ).finally(() => view.end());
  // What upstream doesn't publish is fine where somebody gave it.
  const lacking = pulled.filter((chart) => chart.outcome === 'failed' || isNowhere(store, chart, wanted));
  if (context.json) context.print(JSON.stringify({ lock, charts: pulled }, null, 2));
  else for (const line of pullLines(store, pulled, wanted, displayPath(lock))) context.print(line);
  return lacking.length === 0 ? exitCode.ok : exitCode.blocked;
}

function pullLines(store: ChartStore, pulled: PulledChart[], wanted: WantedChart[], lock: string): string[] {
  const of = (outcome: PulledChart['outcome']) => pulled.filter((chart) => chart.outcome === outcome);
  const names = (charts: PulledChart[]) => charts.map(({ chart, version }) => `${chart} ${version}`).join(', ');
  const trusted = pulled.filter((chart) => chart.trusted);
  const unpublished = of('unpublished').filter((chart) => isNowhere(store, chart, wanted));
  return [
    ...of('failed').map(({ chart, version, reason }) => `failed: ${chart} ${version}: ${reason}`),
    ...(unpublished.length > 0
      ? [`not in a repository: ${names(unpublished)}; put them into a directory and give that with --charts`]
      : []),
    ...(trusted.length > 0 ? [`trusted on first pull, now in ${lock}: ${names(trusted)}`] : []),
    `${of('pulled').length} pulled, ${of('present').length} were there already${of('failed').length > 0 ? `, ${of('failed').length} failed` : ''}`,
  ];
}

function isNowhere(store: ChartStore, chart: PulledChart, wanted: WantedChart[]): boolean {
  if (chart.outcome !== 'unpublished') return false;
  const pin = wanted.find(({ pin }) => pin.chart === chart.chart && pin.version === chart.version)?.pin;
  const origin = pin && examineChart(store, pin, {}).origin;
  return origin === undefined || origin === 'stand-in';
}

function lockFile({ stacksDirectory }: CommandContext): string {
  return join(stacksDirectory, lockFileName);
}

/** What the lock says of each is for these commands to tell: the search passes none over for it. */
function storeOf({ charts }: ChartsOptions, { env }: CommandContext): ChartStore {
  return openCharts({ given: charts, env });
}

function examine(store: ChartStore, selection: ChartSelection, context: CommandContext): Examined[] {
  const lock = readLock(lockFile(context));
  return wantedCharts(selection, context.stacksDirectory).map(({ pin, releases }) => ({
    releases,
    ...examineChart(store, pin, lock),
  }));
}

function printJson({ cache }: ChartStore, charts: Examined[], context: CommandContext): void {
  context.print(JSON.stringify({ cache, lock: lockFile(context), charts }, null, 2));
}

function origin({ origin, path }: Pick<ExaminedChart, 'origin' | 'path'>): string {
  if (origin === 'directory') return displayPath(path!);
  return origin ?? 'missing';
}

function lockWord({ lock, origin }: Pick<ExaminedChart, 'lock' | 'origin'>): string {
  if (origin === 'stand-in') return '-';
  if (lock === 'differs' && origin === 'directory') return 'differs, overridden';
  return lock === 'missing' ? '-' : lock;
}

/** What `verify` says of a chart. */
function finding({ origin, path, lock, passedOver = [] }: ExaminedChart): string {
  const where = { directory: `from ${path}`, cache: `from the cache, ${path}`, 'stand-in': `a stand-in, ${path}` };
  const states = {
    locked: '',
    differs:
      origin === 'directory' ? ', which isn’t what was locked but wins over it' : ', which isn’t what was locked',
    unlocked: ', not in the lock',
    missing: '',
  };
  const others = passedOver.length > 0 && (!origin || origin === 'stand-in') ? ` (${passedOver.join('; ')})` : '';
  if (!origin) return `missing${others}`;
  return `${where[origin]}${origin === 'stand-in' ? '' : states[lock]}${others}`;
}

/** Charts that were passed over where there is no other, which the table has no room for. */
function remarks(charts: Examined[]): string[] {
  return charts
    .filter(({ origin }) => !origin || origin === 'stand-in')
    .flatMap(({ chart, version, passedOver = [] }) =>
      passedOver.map((reason) => `${chart} ${version}: passed over: ${reason}`),
    );
}

function printTable(header: string[], rows: string[][], context: CommandContext): void {
  const widths = header.map((_title, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  for (const row of [header, ...rows]) {
    context.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
