import { ApiException } from '@kubernetes/client-node';
import { exitCode, UserError } from '../../../../errors/index.ts';

/** How a run ends that is killed: with no chance to do anything more. */
export class Killed extends Error {}

/** An answer other than the one asked for, for the next calls of a name. */
export interface Fault {
  /** E.g. `aws.instancesOfGroup`, `core.readNode`. */
  call: string;
  error: unknown;
  /** How often (default: always). */
  times?: number;
  /** How many calls are answered before (default: none). */
  skip?: number;
}

/** One run's view of the world: counts what it changes, and dies after a given number of changes. */
export class Session {
  readonly #abort = new AbortController();
  readonly #killAfter: number;
  readonly #faults: Fault[];
  /** What was changed, in order, as `aws.replaceInstance i-0001`. */
  readonly effects: string[] = [];

  constructor({ killAfter = Number.POSITIVE_INFINITY, faults = [] as Fault[] } = {}) {
    this.#killAfter = killAfter;
    this.#faults = faults.map((fault) => ({ ...fault }));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Asks the world; what is handed out is a copy. */
  async read<T>(call: string, look: () => T): Promise<T> {
    this.#call(call);
    return structuredClone(look());
  }

  /** Changes the world. A kill comes after the change and before its answer: the run never learns of it. */
  async change<T>(call: string, object: string, act: () => T): Promise<T> {
    this.#call(call);
    const result = act();
    this.effects.push(`${call} ${object}`);
    if (this.effects.length >= this.#killAfter) {
      this.#abort.abort(new Killed());
      throw new Killed();
    }
    return structuredClone(result);
  }

  #call(call: string): void {
    if (this.signal.aborted) throw new Killed();
    const fault = this.#faults.find((one) => one.call === call && one.times !== 0);
    if (!fault) return;
    if (fault.skip) {
      fault.skip--;
      return;
    }
    if (fault.times !== undefined) fault.times--;
    throw fault.error;
  }
}

/** What the API server answers where it says no. */
export function apiError(code: number, message: string): ApiException<string> {
  return new ApiException(code, message, JSON.stringify({ message }), {});
}

/** As every call of AWS reports it once its own retries are used up. */
export const throttled = new UserError('autoscaling:DescribeAutoScalingGroups failed: Throttling: Rate exceeded', {
  exitCode: exitCode.blocked,
});
