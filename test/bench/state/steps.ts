import type { Event } from '../../../automation/report/events.ts';

/** What a rehearsal was doing: `up`, `modules`. */
export interface Place {
  /** Step of the rehearsal: `up`, `upgrade`, or of several upgrades `upgrade-1.22`. */
  phase: string;
  /** Step of the command that it runs; absent: before, between and after those. */
  step?: string;
}

/** A stretch of time that was spent in one place. */
export interface Stretch {
  place?: Place;
  seconds: number;
}

/**
 * Says from the events of a rehearsal where it is. Only the time of the commands that it runs is anybody's: what the rehearsal
 * does itself, starting the sandbox and looking at what came of it, is nowhere.
 */
export class StepClock {
  #phase: string | undefined;
  /** Runs that have started and not finished: the rehearsal, and the command in it. */
  #runs = 0;
  #steps: string[] = [];
  #since: number | undefined;
  #ran = false;

  get place(): Place | undefined {
    if (this.#phase === undefined || this.#ran) return undefined;
    const step = this.#steps.at(-1);
    return step === undefined ? { phase: this.#phase } : { phase: this.#phase, step };
  }

  /** Whether an event may lead from one place to another. */
  static moves({ type }: Event): boolean {
    return ['run-started', 'run-finished', 'step-started', 'step-finished'].includes(type);
  }

  /** @returns the stretch that ends with this event */
  take(event: Event): Stretch {
    const { place } = this;
    const at = Date.parse(event.at);
    const seconds = (at - (this.#since ?? at)) / 1000;
    this.#since = at;
    if (event.type === 'run-started') this.#runs += 1;
    if (event.type === 'run-finished') this.#finishRun();
    if (event.type === 'step-started') this.#startStep(event.id);
    if (event.type === 'step-finished') this.#finishStep(event.id);
    return place ? { place, seconds } : { seconds };
  }

  #startStep(id: string): void {
    if (this.#runs > 1) this.#steps.push(id);
    else [this.#phase, this.#ran] = [/^(up|upgrade(-.+)?)$/.test(id) ? id : undefined, false];
  }

  #finishStep(id: string): void {
    const place = this.#steps.lastIndexOf(id);
    // Steps that a run leaves out finish without having started.
    if (place >= 0) this.#steps.splice(place, 1);
    else if (id === this.#phase) this.#leave();
  }

  #finishRun(): void {
    this.#runs -= 1;
    this.#steps = [];
    this.#ran = true;
  }

  /** Also where the command in it was killed and couldn't say that it finished. */
  #leave(): void {
    [this.#phase, this.#runs, this.#steps] = [undefined, Math.min(this.#runs, 1), []];
  }
}
