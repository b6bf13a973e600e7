import { duration } from '../../../errors/duration.ts';
import type { UpgradeResult } from '../../upgrade/runner.ts';
import type { AskedSteps } from '../../upgrade/selection.ts';

interface Told {
  environment: string;
  /** Release that the upgrade goes to. */
  to: string;
  seconds: number;
  /** The command that runs the upgrade, without steps. */
  again: string;
}

/** What a run came to, in one line: where the environment is, or what is left where only a part was asked for. */
export function summaryOf(
  { changed, tolerated, next }: UpgradeResult,
  { until, only }: AskedSteps,
  { environment, to, seconds, again }: Told,
): string {
  const last = only ?? until;
  const steps = `${changed.length} ${changed.length === 1 ? 'step' : 'steps'} in ${duration(seconds * 1000)}`;
  if (last !== undefined && next !== undefined) {
    const what = changed.length === 0 ? `${last} was done already` : `stopped after ${last} as asked (${steps})`;
    const met = tolerated.length > 0 ? `; tolerated: ${tolerated.join(', ')}` : '';
    return `${environment}: ${what}${met}; next: ${next}; run: ${again} --from ${next}`;
  }
  if (changed.length === 0) return `${environment} is at ${to} already, nothing to do`;
  const met = tolerated.length > 0 ? `; tolerated on the way, gone now: ${tolerated.join(', ')}` : '';
  return `${environment} is at ${to}: ${steps}${met}`;
}
