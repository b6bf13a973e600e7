import type { ChartUse, Event } from '../../../automation/report/events.ts';
import { startRehearsal } from '../rehearsal.ts';
import { Ledger, type Line } from './ledger.ts';
import { processesBelow } from './processes.ts';
import { StepClock } from './steps.ts';

export interface Measured {
  /** Directory of a checkout. */
  checkout: string;
  /** Directory of charts, which must be all that is rendered; undefined: the checkout's own stand-ins, likewise. */
  charts?: string;
  /** Further arguments of `kubezero rehearse`. */
  args: string[];
}

/** Milliseconds between two looks at the processes. What one uses between the last look and its end is lost. */
const interval = 100;

/**
 * Rehearses the demo environment's upgrade and books what its commands use, step by step. The sandbox isn't counted, nor the
 * command that conducts the rehearsal.
 */
export async function measure({ checkout, charts, args }: Measured): Promise<Line[]> {
  const clock = new StepClock();
  const ledger = new Ledger();
  let failed: unknown;
  const look = () => ledger.look(clock.place, processesBelow(pid, isSandbox));
  const onEvent = (event: Event) => {
    if (failed) throw failed;
    if (event.type === 'charts') refuseOthers(event.charts, charts);
    if (!StepClock.moves(event)) return;
    look();
    ledger.pass(clock.take(event));
  };
  const { pid, ended } = startRehearsal({
    onEvent,
    checkout,
    args: [...args, ...(charts === undefined ? [] : ['--charts', charts])],
    // Or charts of another size could win.
    env: { KUBEZERO_CHARTS: undefined },
  });
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      failed ??= error;
    }
  }, interval);
  await ended.finally(() => clearInterval(timer));
  return ledger.lines();
}

/** Its daemon is a child of the rehearsal, and all of its control planes are below it. */
function isSandbox([, , ...args]: string[]): boolean {
  return args[0] === 'sandbox' && args[1] === 'serve';
}

/**
 * Charts that were pulled win over stand-ins, and stand-ins fill in for what a given directory lacks: the figures would be of
 * something else than they say.
 */
function refuseOthers(used: ChartUse[], charts: string | undefined): void {
  const other = used.find(({ place, origin }) => (charts === undefined ? origin !== 'stand-in' : place !== charts));
  if (!other) return;
  throw new Error(
    `${other.chart} ${other.version} was rendered from ${other.place}, not from ${charts ?? 'a stand-in'}. Charts that were pulled win over stand-ins: move \`charts\` out of kubezero's cache; a directory of --charts must have all`,
  );
}
