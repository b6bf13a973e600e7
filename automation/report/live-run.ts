import type { Event, StepFinished, StepLabel, StepStarted } from './events.ts';
import { changeCounts, objectList, operationMark, waitList } from './wording.ts';

/** A step on the screen. */
export interface LiveStep {
  label: StepLabel;
  startedAt?: number;
  finished?: StepFinished & { at: string };
  /** What it is doing or waiting for right now. */
  doing?: string;
  /** The run that goes on within it. */
  inner?: LiveRun;
  /** Called when it starts, says something new, gets an inner run, or finishes. */
  changed(): void;
}

/** A run on the screen and the steps it has announced. */
export class LiveRun {
  readonly steps: LiveStep[] = [];
  /** Resolves at the first event that isn't an announcement: then the list of steps is complete. */
  readonly announced: Promise<void>;
  #listen: (() => void) | undefined;
  ended = false;
  readonly #tolerated = new Map<string, string>();

  constructor() {
    this.announced = new Promise((resolve) => {
      this.#listen = resolve;
    });
  }

  /** The step that is running. */
  get running(): LiveStep | undefined {
    return this.steps.findLast((step) => step.startedAt !== undefined && !step.finished);
  }

  /** The innermost run that is going on. */
  get innermost(): LiveRun {
    const inner = this.running?.inner;
    return inner && !inner.ended ? inner.innermost : this;
  }

  /** Takes in an event of this very run (not of one within it). */
  take(event: Event): void {
    if (event.type !== 'run-started' && event.type !== 'step-pending') this.#listen?.();
    if (event.type === 'step-pending') this.#step(event);
    else if (event.type === 'step-started') this.#started(event);
    else if (event.type === 'step-finished') this.#finished(event);
    else if (event.type === 'run-finished') {
      this.ended = true;
      for (const step of this.steps) step.changed();
    } else {
      const step = this.running;
      const doing = step && this.#doing(event);
      if (step && doing !== undefined) {
        step.doing = doing;
        step.changed();
      }
    }
  }

  #step(label: StepLabel): LiveStep {
    const known = this.steps.find((step) => step.label.id === label.id);
    if (known) return known;
    const { id, title, passage } = label;
    const step: LiveStep = { label: { id, title, ...(passage ? { passage } : {}) }, changed: () => undefined };
    this.steps.push(step);
    return step;
  }

  #started(event: StepStarted & { at: string }): void {
    const step = this.#step(event);
    step.startedAt = Date.parse(event.at);
    this.#tolerated.clear();
    step.changed();
  }

  #finished(event: StepFinished & { at: string }): void {
    const step = this.#step(event);
    step.startedAt ??= Date.parse(event.at);
    step.finished = event;
    step.changed();
  }

  /** The line below the running step; undefined: leave it as it is. */
  #doing(event: Event): string | undefined {
    switch (event.type) {
      case 'resource':
        return `${event.stack}: ${operationMark[event.op]} ${event.name}`;
      case 'stack-update':
        return `${event.stack}: ${changeCounts(event.changes, event.preview)}`;
      case 'gate-waiting':
        return `waiting for ${event.gate}: ${waitList(event.waits)}${this.#toleratedText()}`;
      case 'tolerated':
        this.#tolerated.set(
          event.issue,
          `${event.issue} (${objectList(event.objects, 1)}) tolerated until ${event.until}`,
        );
        return undefined;
      case 'gate-passed':
        return `passed: ${event.gate}`;
      case 'action':
        return `${event.what} ${event.object}`;
      default:
        return undefined;
    }
  }

  #toleratedText(): string {
    return [...this.#tolerated.values()].map((text) => `; ${text}`).join('');
  }
}
