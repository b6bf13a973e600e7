import { setTimeout } from 'node:timers/promises';
import { exitCode, UserError } from '../../../errors/index.ts';
import type { KnownIssue } from '../../../releases/upgrade.ts';
import { reasonOf } from '../kubernetes/client.ts';
import type { Wait } from '../kubernetes/health.ts';
import { type ToleranceState, type ToleratedWait, tolerate } from './known-issues.ts';

/** A condition awaited before the upgrade goes on. */
export interface Gate {
  /** What the gate asks for, e.g. `all pods running`. */
  name: string;
  /** What is still missing; empty when the condition holds. */
  check(): Promise<Wait[]>;
}

export interface GateOptions {
  issues: KnownIssue[];
  /** State that decides which issues are tolerated; read anew with every check. */
  tolerance(): Promise<ToleranceState>;
  /** Seconds until a gate that makes no progress is given up. */
  timeoutSeconds: number;
  /** Seconds that a pod may keep crashing, for a reason no known issue explains, before the gate gives up. */
  crashSeconds: number;
  onWait(waits: Wait[]): void;
  onTolerated(tolerated: ToleratedWait[]): void;
  signal?: AbortSignal;
}

/** States that don't heal by waiting: the container is started again and again, or can't be. */
const crashes = new Set([
  'CrashLoopBackOff',
  'CreateContainerError',
  'CreateContainerConfigError',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'SysctlForbidden',
]);

const pollMilliseconds = 400;
/** Seen whole twice in a row, so that a state that only passes by isn't taken for healthy. */
const passesNeeded = 2;

/**
 * Waits until a gate holds. Waits that a known issue explains are tolerated and reported; any other crash loop ends
 * the gate after `crashSeconds`, anything else after `timeoutSeconds`.
 * @returns the issues that were tolerated on the way, by id.
 * @throws UserError naming every object that is waited for, and why.
 */
export async function passGate(gate: Gate, options: GateOptions): Promise<Set<string>> {
  const started = Date.now();
  const crashingSince = new Map<string, number>();
  const seen = new Set<string>();
  let passes = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const { open, tolerated } = await look(gate, options);
    for (const { issue } of tolerated) seen.add(issue.id);
    options.onTolerated(tolerated);
    options.onWait(open);
    passes = open.length === 0 ? passes + 1 : 0;
    if (passes >= passesNeeded) return seen;

    const now = Date.now();
    const crashing = open.filter((wait) => crashes.has(wait.reason));
    for (const object of [...crashingSince.keys()])
      if (!crashing.some((w) => w.object === object)) crashingSince.delete(object);
    for (const { object } of crashing) if (!crashingSince.has(object)) crashingSince.set(object, now);
    const hopeless = crashing.filter((w) => now - (crashingSince.get(w.object) ?? now) > options.crashSeconds * 1000);
    if (hopeless.length > 0)
      throw gateError(gate, hopeless, `no known issue explains this, for ${options.crashSeconds} s`);
    if (now - started > options.timeoutSeconds * 1000)
      throw gateError(gate, open, `waited ${options.timeoutSeconds} s`);
    await setTimeout(pollMilliseconds, undefined, { signal: options.signal });
  }
}

async function look(gate: Gate, options: GateOptions): Promise<{ open: Wait[]; tolerated: ToleratedWait[] }> {
  try {
    const waits = await gate.check();
    return tolerate(waits, options.issues, await options.tolerance());
  } catch (error) {
    if (error instanceof UserError) throw error;
    // An API server may be restarting: that is something to wait for, not the end.
    return { open: [{ object: 'API server', reason: reasonOf(error) }], tolerated: [] };
  }
}

function gateError(gate: Gate, waits: Wait[], why: string): UserError {
  const list = waits.slice(0, 8).map((wait) => `${wait.object}: ${wait.reason}`);
  if (waits.length > 8) list.push(`and ${waits.length - 8} more`);
  return new UserError(`gate "${gate.name}" doesn't open (${why}):\n  ${list.join('\n  ')}`, {
    where: waits[0]?.object,
    state: 'the cluster keeps serving; steps that are finished stay finished',
    exitCode: exitCode.gate,
  });
}
