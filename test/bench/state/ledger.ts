import { basename } from 'node:path';
import type { ProcessSample } from './processes.ts';
import type { Place, Stretch } from './steps.ts';

/** What a process is to an update: the engine, its provider for Kubernetes, our command, or something else that these run. */
export type Role = 'engine' | 'provider' | 'command' | 'other';

/** Most memory that was resident at one time, in bytes. */
export interface Memory {
  /** Of the largest process of each kind. */
  engine: number;
  provider: number;
  command: number;
  /** Of all processes at one moment, pages that they share counted for each. */
  together: number;
}

/** What something cost. */
export interface Cost {
  seconds: number;
  /** Bytes that the engine wrote: states, and what it says to its providers and to the command. */
  written: number;
  /** Seconds of CPU: of the engine, and of everything, since work that is moved to another process isn't saved. */
  cpu: { engine: number; together: number };
  memory: Memory;
}

/** What one step cost, or what lay outside of a command's steps. */
export interface Line extends Place, Cost {}

export function roleOf({ program, args }: Pick<ProcessSample, 'program' | 'args'>): Role {
  if (program === 'pulumi') return 'engine';
  if (program === 'pulumi-resource-kubernetes') return 'provider';
  return program === 'node' && basename(args[1] ?? '') === 'kubezero.js' ? 'command' : 'other';
}

/** The cost of each step, kept from one look at the processes to the next. */
export class Ledger {
  readonly #lines = new Map<string, Line>();
  readonly #last = new Map<string, ProcessSample>();

  /**
   * Books what the processes have used since the last look. Of one that has ended, what it used after the last look is lost.
   * @param place  where all of it belongs; undefined: nowhere
   */
  look(place: Place | undefined, processes: ProcessSample[]): void {
    const line = place && this.#line(place);
    let together = 0;
    for (const process of processes) {
      const key = `${process.pid} ${process.started}`;
      const last = this.#last.get(key);
      this.#last.set(key, process);
      together += process.memory;
      if (!line) continue;
      const role = roleOf(process);
      const cpu = process.cpu - (last?.cpu ?? 0);
      line.cpu.together += cpu;
      if (role === 'engine') {
        line.cpu.engine += cpu;
        line.written += process.written - (last?.written ?? 0);
      }
      if (role !== 'other') line.memory[role] = Math.max(line.memory[role], mostSince(last, process));
    }
    if (line) line.memory.together = Math.max(line.memory.together, together);
  }

  pass({ place, seconds }: Stretch): void {
    if (place) this.#line(place).seconds += seconds;
  }

  /** In the order in which they were first heard of. */
  lines(): Line[] {
    return [...this.#lines.values()].filter(({ step, seconds }) => step !== undefined || seconds > 0);
  }

  #line(place: Place): Line {
    const key = `${place.phase} ${place.step ?? ''}`;
    const line = this.#lines.get(key) ?? { ...place, ...nothing() };
    this.#lines.set(key, line);
    return line;
  }
}

/** Most memory since the last look: the kernel's own high-water mark where it rose, or is of another program by now. */
function mostSince(last: ProcessSample | undefined, { program, memory, peak }: ProcessSample): number {
  return last?.program === program && last.peak === peak ? memory : peak;
}

function nothing(): Cost {
  return {
    seconds: 0,
    written: 0,
    cpu: { engine: 0, together: 0 },
    memory: { engine: 0, provider: 0, command: 0, together: 0 },
  };
}

/** What several lines cost together. */
export function sum(lines: readonly Cost[]): Cost {
  return lines.reduce(
    (total, { seconds, written, cpu, memory }) => ({
      seconds: total.seconds + seconds,
      written: total.written + written,
      cpu: { engine: total.cpu.engine + cpu.engine, together: total.cpu.together + cpu.together },
      memory: {
        engine: Math.max(total.memory.engine, memory.engine),
        provider: Math.max(total.memory.provider, memory.provider),
        command: Math.max(total.memory.command, memory.command),
        together: Math.max(total.memory.together, memory.together),
      },
    }),
    nothing(),
  );
}
