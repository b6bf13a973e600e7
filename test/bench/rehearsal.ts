import { join } from 'node:path';
import { execa } from 'execa';
import type { Event } from '../../automation/report/events.ts';
import { repositoryRoot } from '../../repository/root.ts';

export interface RehearsalOptions {
  /** Told each event. Where it throws, the rehearsal is ended. */
  onEvent: (event: Event) => void;
  /** Further arguments of `kubezero rehearse demo --json`. */
  args?: string[];
  /** Checkout whose command it is. Default: this one. */
  checkout?: string;
  /** Environment variables over this process's; undefined takes one away. */
  env?: Record<string, string | undefined>;
}

/** Starts a rehearsal of the demo environment's upgrade. `ended` rejects where it fails; it says itself on stderr why. */
export function startRehearsal({ onEvent, args = [], checkout = repositoryRoot, env }: RehearsalOptions) {
  const child = execa(process.execPath, [join(checkout, 'bin/kubezero.js'), 'rehearse', 'demo', '--json', ...args], {
    cwd: checkout,
    env,
    stderr: 'inherit',
    buffer: false,
    reject: false,
    // It stops its sandbox before it ends.
    forceKillAfterDelay: 60_000,
  });
  const read = async () => {
    let thrown: { error: unknown } | undefined;
    for await (const line of child.iterable({ from: 'stdout' })) {
      try {
        // Read on to its end: it mustn't find that nobody listens while it stops its sandbox.
        if (!thrown) onEvent(JSON.parse(line));
      } catch (error) {
        thrown = { error };
        child.kill();
      }
    }
    const { failed, exitCode, signal } = await child;
    if (thrown) throw thrown.error;
    if (failed)
      throw new Error(`the rehearsal of ${checkout} ended with ${signal ?? `exit code ${exitCode}`}, see above`);
  };
  return { pid: child.pid!, ended: read() };
}
