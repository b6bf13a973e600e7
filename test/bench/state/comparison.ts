import { type Cost, type Line, sum } from './ledger.ts';

/** One rehearsal that was measured. */
export interface Run {
  /** What is told apart by it: `this checkout`. */
  name: string;
  /** As git describes the checkout. */
  commit: string;
  /** Directory of charts, or which stand-ins. */
  charts: string;
  backend: 'file' | 's3';
  lines: Line[];
}

/** One figure of the new run, beside the same of another or by itself. */
export interface Figure {
  what: string;
  unit: 'bytes' | 'seconds';
  /** Name of the run it is compared with. */
  against?: string;
  /** Absent where that run has no such step; so is `now`. */
  before?: number;
  now?: number;
  /** now / before */
  ratio?: number;
  /** What is allowed: of the ratio, or where it is compared with nothing, of the figure. */
  limit?: number;
  /** Whether it is allowed; absent where nothing is limited, or can't be said. */
  met?: boolean;
}

export interface Compared {
  now: Run;
  /** Another checkout on the same charts. */
  before?: Run;
  /** The other checkout on the small stand-ins that it has itself. */
  small?: Run;
  /** The same checkout and charts, its states in a bucket. */
  bucket?: Run;
  /** Whether the charts are as large as upstream's: the limits are meant for those. */
  realSize: boolean;
}

/** What an update may cost against the checkout that it is compared with. */
const limits = { update: 1 / 5, seconds: 1.2, bucket: 1.5, engineMemory: 500e6, memory: 1e9 };

/** Layers of machines. Whatever else `up` updates goes into the cluster, in as many stacks as it may be. */
const machineLayers = ['network', 'controllers', 'workers'];

type Choice = (line: Line) => boolean;

const ofUpgrade: Choice = ({ phase }) => phase.startsWith('upgrade');
const ofModules: Choice = ({ phase, step }) => phase === 'up' && step !== undefined && !machineLayers.includes(step);
const updates: Record<string, Choice> = {
  'up of the modules': ofModules,
  'logging-crds': (line) => ofUpgrade(line) && line.step === 'logging-crds',
  metrics: (line) => ofUpgrade(line) && line.step === 'metrics',
};

/** What the steps of a kind cost in a run; undefined where it has none. */
export function costOf({ lines }: Run, choice: Choice): Cost | undefined {
  const chosen = lines.filter(choice);
  return chosen.length > 0 ? sum(chosen) : undefined;
}

/** What was to be had, and whether it is. */
export function compare({ now, before, small, bucket, realSize }: Compared): Figure[] {
  const limit = (value: number) => (realSize ? value : undefined);
  const seconds = (against: Run, of: Run, most: number | undefined) =>
    Object.entries({ 'up of the modules': ofModules, 'whole upgrade': ofUpgrade }).map(([what, choice]) =>
      ratio(what, 'seconds', against, of, (run) => costOf(run, choice)?.seconds, most),
    );
  return [
    ...(before
      ? Object.entries(updates).flatMap(([what, choice]) => [
          ratio(`${what}, written`, 'bytes', before, now, (run) => costOf(run, choice)?.written, limit(limits.update)),
          ratio(`${what}, engine's CPU`, 'seconds', before, now, cpuOf(choice, 'engine'), limit(limits.update)),
          ratio(`${what}, CPU of all`, 'seconds', before, now, cpuOf(choice, 'together')),
        ])
      : []),
    ...(before ? seconds(before, now, undefined) : []),
    ...(small ? seconds(small, now, limit(limits.seconds)) : []),
    ...(before ? [ratio("engine's memory", 'bytes', before, now, (run) => sum(run.lines).memory.engine)] : []),
    alone("engine's memory", sum(now.lines).memory.engine, limit(limits.engineMemory)),
    alone('memory of all together', sum(now.lines).memory.together, limit(limits.memory)),
    ...(bucket ? seconds(now, bucket, limit(limits.bucket)).slice(1) : []),
  ];
}

const cpuOf = (choice: Choice, whose: keyof Cost['cpu']) => (run: Run) => costOf(run, choice)?.cpu[whose];

function ratio(
  what: string,
  unit: Figure['unit'],
  beforeRun: Run,
  nowRun: Run,
  of: (run: Run) => number | undefined,
  limit?: number,
): Figure {
  const [before, now] = [of(beforeRun), of(nowRun)];
  const figure = { what, unit, against: beforeRun.name, before, now, limit };
  // Nothing against nothing is no saving.
  if (before === undefined || now === undefined || before === 0) return figure;
  return { ...figure, ratio: now / before, ...(limit === undefined ? {} : { met: now / before <= limit }) };
}

function alone(what: string, now: number, limit?: number): Figure {
  return { what, unit: 'bytes', now, limit, ...(limit === undefined ? {} : { met: now <= limit }) };
}
