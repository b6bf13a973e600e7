import { afterEach, beforeEach, vi } from 'vitest';

/**
 * Time that passes only while somebody waits. Tests mock `node:timers/promises` with {@link timers}: whoever waits moves
 * the clock on, and what falls due on the way happens first.
 */
export class Clock {
  now = Date.UTC(2022, 9, 1);
  #due: { at: number; order: number; happen: () => void }[] = [];
  #order = 0;

  /** Has something happen in some seconds. */
  after(seconds: number, happen: () => void): void {
    this.#due.push({ at: this.now + seconds * 1000, order: this.#order++, happen });
  }

  pass(seconds: number): void {
    const until = this.now + seconds * 1000;
    for (;;) {
      const next = this.#due
        .filter(({ at }) => at <= until)
        .sort((one, other) => one.at - other.at || one.order - other.order)[0];
      if (!next) break;
      this.#due.splice(this.#due.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.happen();
    }
    this.now = until;
  }
}

let current = new Clock();

/** A new clock, which is everybody's from now on. */
export function newClock(): Clock {
  current = new Clock();
  return current;
}

/** Least seconds that somebody waits: nobody looks more often. */
const tick = 1;

/** Stands in for `node:timers/promises`. */
export const timers = {
  async setTimeout<T>(milliseconds: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    signal?.throwIfAborted();
    current.pass(Math.max(milliseconds / 1000, tick));
    // Whoever was stopped meanwhile is told so.
    await Promise.resolve();
    signal?.throwIfAborted();
    return value as T;
  },
};

/** `Date.now()` is the clock's, in every test of the file. */
export function useVirtualTime(): void {
  beforeEach(() => {
    newClock();
    vi.spyOn(Date, 'now').mockImplementation(() => current.now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}
