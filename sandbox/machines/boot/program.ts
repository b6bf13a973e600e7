import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { bootTimes } from '../../deviations.ts';
import type { Instance } from '../instance.ts';
import { withBucket } from './aws.ts';
import { steps as standIns } from './index.ts';
import { mark, type Step } from './step.ts';

/**
 * The boot program: runs a machine's steps in their order until it is powered off. A step that fails stops the ones after
 * it; after a pause all run again from the first. Once all have passed, they run again from time to time.
 * @param steps what stands in for the machine's scripts, by name.
 */
export async function runBootProgram(instance: Instance, steps: Record<string, Step> = standIns): Promise<void> {
  const { signal } = instance.power;
  const { pauseMilliseconds, longestPauseMilliseconds, betweenPassesMilliseconds } = bootTimes;
  let delay: number = pauseMilliseconds;
  for (let attempt = 1; !signal.aborted; ) {
    const failure = await pass(instance, steps, attempt);
    if (signal.aborted) return;
    await storeLog(instance);
    if (failure) {
      await jittered(delay, signal);
      attempt += 1;
      delay = Math.min(delay * 2, longestPauseMilliseconds);
    } else {
      attempt = 1;
      delay = pauseMilliseconds;
      await jittered(betweenPassesMilliseconds, signal);
    }
  }
}

/** Every step once, in order; says whether one failed. */
async function pass(instance: Instance, steps: Record<string, Step>, attempt: number): Promise<boolean> {
  const names = readFileSync(instance.path('/etc/kubezero/steps'), 'utf8').split('\n').filter(Boolean);
  for (const name of names) {
    try {
      instance.power.signal.throwIfAborted();
      if (attempt === 1 && instance.state !== 'running') say(instance, name, attempt);
      const step = steps[name];
      if (!step) throw new Error(`the sandbox doesn't know the step ${name}`);
      await step(instance);
    } catch (error) {
      if (instance.power.signal.aborted) return true;
      const { message } = error as Error;
      instance.log(`step ${name}, attempt ${attempt}: ${message}`);
      say(instance, name, attempt, message);
      return true;
    }
  }
  if (instance.state !== 'running') instance.log('booted');
  instance.state = 'running';
  instance.error = undefined;
  mark(instance, 'state', 'running\n');
  return false;
}

/** A machine that was up and fails to publish something is up nevertheless. */
function say(instance: Instance, step: string, attempt: number, message?: string): void {
  instance.error = `${step}, attempt ${attempt}${message ? `: ${message}` : ''}`;
  mark(instance, 'state', `${[step, attempt, message].filter((part) => part !== undefined).join(' ')}\n`);
}

/** Its failure stops nothing. */
async function storeLog(instance: Instance): Promise<void> {
  const { machine, nodeName } = instance;
  const lines = instance.lines.join('\n').slice(-262_144);
  try {
    await withBucket(instance, (bucket) =>
      bucket.write(`boot-log/${nodeName}/${machine.instanceId}.log`, `${lines}\n`),
    );
  } catch (error) {
    instance.surroundings.log(`boot log of ${nodeName}: ${(error as Error).message}`);
  }
}

/** Somewhere between half of that time and all of it; less where the machine is powered off. */
async function jittered(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds / 2 + (Math.random() * milliseconds) / 2, undefined, { signal }).catch(() => undefined);
}
