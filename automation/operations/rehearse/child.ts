import { execa } from 'execa';
import { type ExitCode, exitCode, UserError } from '../../../errors/index.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import type { Event, EventSink } from '../../report/events.ts';

/**
 * Runs a `kubezero` command as a process of its own, as a user would, told about the sandbox by environment variables
 * alone; its events are handed to the sink as they come.
 * @throws UserError with what the command said on stderr when it fails.
 */
export async function runCommand(
  args: string[],
  options: { env: Record<string, string>; cwd: string; sink: EventSink; signal: AbortSignal },
): Promise<void> {
  const child = execa(process.execPath, [`${repositoryRoot}/bin/kubezero.js`, ...args, '--json'], {
    cwd: options.cwd,
    env: { ...options.env, ...options.sink.forChildren?.() },
    stdin: 'ignore',
    reject: false,
    // Ctrl-C reaches the whole process group at once; a signal sent to us alone is passed on.
    cancelSignal: options.signal,
    forceKillAfterDelay: 20_000,
  });
  for await (const line of child.iterable({ from: 'stdout' })) {
    const event = parseEvent(line);
    // Why it failed is this command's to say.
    if (event && event.type !== 'error') options.sink(event);
  }
  const result = await child;
  options.signal.throwIfAborted();
  if (result.exitCode === 0) return;
  throw new UserError(`kubezero ${args.join(' ')} failed:\n${result.stderr.trim()}`, {
    where: 'rehearsal',
    exitCode: (result.exitCode as ExitCode | undefined) ?? exitCode.bug,
  });
}

function parseEvent(line: string): Event | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event.type === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
