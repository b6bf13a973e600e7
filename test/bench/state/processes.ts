import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** A process at one moment, as Linux shows it in /proc. Sizes in bytes. */
export interface ProcessSample {
  pid: number;
  /** Clock ticks from the machine's start to its own: with the pid, which process it is. */
  started: number;
  /** Name of the file that it runs; of a process that was started and doesn't run its own file yet, its parent's. */
  program: string;
  args: string[];
  /** Seconds of CPU, its own and the kernel's for it, so far. */
  cpu: number;
  /** What it handed to write(2) and its like so far, to files, pipes and sockets. */
  written: number;
  /** Resident now. */
  memory: number;
  /** The most that was ever resident. */
  peak: number;
}

/** Of every Linux that Node runs on, whatever the kernel's own clock (USER_HZ). */
const ticksPerSecond = 100;

/** Fields of /proc/PID/stat. The command's name is in parentheses and may itself have some, and spaces. */
export function parseStat(text: string): { parent: number; cpu: number; started: number } {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => {
    // proc(5) counts from 1, and the two before these are the pid and the name.
    const value = Number(fields[number - 3]);
    if (!Number.isInteger(value)) throw new Error(`field ${number} of a process's stat is no number: ${text.trim()}`);
    return value;
  };
  return { parent: field(4), cpu: (field(14) + field(15)) / ticksPerSecond, started: field(22) };
}

/** `wchar` of /proc/PID/io, in bytes. */
export function parseIo(text: string): number {
  const written = /^wchar: (\d+)$/m.exec(text)?.[1];
  if (written === undefined) throw new Error(`a process's io has no wchar: ${text.trim()}`);
  return Number(written);
}

/** Sizes in /proc/PID/status, in bytes; undefined of one that has ended and that nobody has asked after yet. */
export function parseStatus(text: string): { memory: number; peak: number } | undefined {
  const size = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const [memory, peak] = [size('VmRSS'), size('VmHWM')];
  return memory === undefined || peak === undefined ? undefined : { memory, peak };
}

/**
 * What runs below a process, without it.
 * @param leaveOut  command line of processes to pass over, with everything below them
 * @param proc  where the kernel shows processes
 * @throws Error where one of them can't be looked at; one that ends meanwhile is no error
 */
export function processesBelow(
  root: number,
  leaveOut: (args: string[]) => boolean = () => false,
  proc = '/proc',
): ProcessSample[] {
  const children = new Map<number, { pid: number; cpu: number; started: number }[]>();
  for (const name of readdirSync(proc)) {
    const stat = /^\d+$/.test(name)
      ? unlessEnded(() => parseStat(readFileSync(`${proc}/${name}/stat`, 'utf8')))
      : undefined;
    if (!stat) continue;
    const { parent, ...rest } = stat;
    children.set(parent, [...(children.get(parent) ?? []), { pid: Number(name), ...rest }]);
  }
  const below = (parent: number, commandLine: string): ProcessSample[] =>
    (children.get(parent) ?? []).flatMap(({ pid, cpu, started }) => {
      const seen = unlessEnded(() => look(`${proc}/${pid}`));
      // Between fork and exec it shares its parent's memory, which would count twice.
      if (!seen || seen.commandLine === commandLine) return [];
      const args = seen.commandLine.split('\0').slice(0, -1);
      if (leaveOut(args)) return [];
      const { program, written, memory, peak } = seen;
      return [{ pid, started, program, args, cpu, written, memory, peak }, ...below(pid, seen.commandLine)];
    });
  return below(root, unlessEnded(() => readFileSync(`${proc}/${root}/cmdline`, 'utf8')) ?? '');
}

function look(directory: string) {
  const status = parseStatus(readFileSync(`${directory}/status`, 'utf8'));
  if (!status) return undefined;
  return {
    ...status,
    // A file that was replaced under a running process is shown with a remark.
    program: basename(readlinkSync(`${directory}/exe`)).replace(/ \(deleted\)$/, ''),
    commandLine: readFileSync(`${directory}/cmdline`, 'utf8'),
    written: parseIo(readFileSync(`${directory}/io`, 'utf8')),
  };
}

function unlessEnded<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
