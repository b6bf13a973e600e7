import { type Attributes, type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Event, Failed, StackUpdate, StepFinished, StepStarted } from './events.ts';

type Stamped<Body> = Body & { at: string };
type StartSpan = (name: string, start: Date, parent: Context) => Span;

/** A step's span and those below it that are still open. */
interface OpenStep {
  span: Span;
  gates: Map<string, Span>;
  /** What is being done to a machine or an object: until the next thing of the step. */
  action?: Span;
  /** Time of the step's last event. */
  last: string;
}

/**
 * Spans of one run from its events: run - step - stack update, gate or action. Events of a run within it (a rehearsal's
 * `up`) make none: that run is a process of its own and sends its own, as children of the step's span.
 */
export class SpanTree {
  readonly #start: StartSpan;
  readonly #parent: Context;
  readonly #steps = new Map<string, OpenStep>();
  #run: Span | undefined;
  #ended: string | undefined;
  #running: string | undefined;
  /** Runs that are open within this one. */
  #within = 0;

  constructor(start: StartSpan, parent: Context = ROOT_CONTEXT) {
    this.#start = start;
    this.#parent = parent;
  }

  /** Span of what is going on: the step that runs, else the run. */
  get current(): Span | undefined {
    return this.#steps.get(this.#running ?? '')?.span ?? this.#run;
  }

  take(event: Event): void {
    if (event.type === 'run-started') {
      if (this.#run) this.#within++;
      else this.#begin(event);
      return;
    }
    if (event.type === 'step-finished' && this.#steps.has(event.id)) this.#within = 0;
    if (this.#within > 0) {
      if (event.type === 'run-finished') this.#within--;
      return;
    }
    if (this.#run) this.#takeOwn(this.#run, event);
  }

  /** Ends what is still open: a run that was interrupted, and the run itself. */
  end(): void {
    const now = new Date();
    for (const id of [...this.#steps.keys()]) this.#close(id, now, 'not finished');
    if (!this.#run) return;
    if (this.#ended === undefined) this.#run.setStatus({ code: SpanStatusCode.ERROR, message: 'not finished' });
    this.#run.end(this.#ended === undefined ? now : new Date(this.#ended));
    this.#run = undefined;
  }

  #begin({ command, environment, release, at }: Stamped<Extract<Event, { type: 'run-started' }>>): void {
    this.#run = this.#start(`kubezero ${command}`, new Date(at), this.#parent);
    this.#run.setAttributes({
      'kubezero.command': command,
      'kubezero.environment': environment,
      ...(release?.from ? { 'kubezero.release.from': release.from } : {}),
      ...(release?.to ? { 'kubezero.release.to': release.to } : {}),
    });
  }

  #takeOwn(run: Span, event: Event): void {
    switch (event.type) {
      case 'step-started':
        this.#startStep(run, event);
        return;
      case 'step-finished':
        this.#finishStep(run, event);
        return;
      case 'run-finished':
        this.#ended = event.at;
        run.setAttributes({ 'kubezero.exit_code': event.exit, 'kubezero.summary': event.summary });
        // 2 says that changes are pending: nothing went wrong.
        if (event.exit !== 0 && event.exit !== 2) run.setStatus({ code: SpanStatusCode.ERROR, message: event.summary });
        return;
      case 'error':
        this.#fail(run, event);
        return;
      case 'warning':
        run.addEvent('warning', { message: event.message, ...(event.where ? { where: event.where } : {}) }, at(event));
        return;
      case 'policy-violation':
        this.current?.addEvent(
          'policy violation',
          { policy: `${event.pack}/${event.policy}`, level: event.level, message: event.message },
          at(event),
        );
        return;
      case 'plan-pinned':
        run.setAttribute('kubezero.plan', event.file);
        return;
      case 'stack-update':
      case 'gate-waiting':
      case 'gate-passed':
      case 'tolerated':
      case 'action':
        this.#takeOfStep(event);
        return;
    }
  }

  #startStep(run: Span, event: Stamped<StepStarted>): void {
    const span = this.#start(event.id, at(event), trace.setSpan(ROOT_CONTEXT, run));
    span.setAttributes({
      'kubezero.step': event.id,
      'kubezero.step.title': event.title,
      ...(event.passage ? { 'kubezero.step.passage': event.passage } : {}),
    });
    this.#steps.set(event.id, { span, gates: new Map(), last: event.at });
    this.#running = event.id;
  }

  #finishStep(run: Span, event: Stamped<StepFinished>): void {
    const { id, outcome, detail } = event;
    const step = this.#steps.get(id);
    if (!step) {
      run.addEvent(`${id}: ${outcome}`, detail ? { detail } : {}, at(event));
      return;
    }
    step.span.setAttribute('kubezero.outcome', outcome);
    if (detail) step.span.setAttribute('kubezero.detail', detail);
    this.#close(id, at(event), outcome === 'failed' ? (detail ?? 'failed') : undefined);
  }

  /** Ends a step and what is open below it; with why, where it failed. */
  #close(id: string, end: Date, why: string | undefined): void {
    const step = this.#steps.get(id);
    if (!step) return;
    const failed = (span: Span) => why !== undefined && span.setStatus({ code: SpanStatusCode.ERROR, message: why });
    for (const open of [...step.gates.values(), ...(step.action ? [step.action] : []), step.span]) {
      failed(open);
      open.end(end);
    }
    this.#steps.delete(id);
    if (this.#running === id) this.#running = [...this.#steps.keys()].at(-1);
  }

  #takeOfStep(
    event: Extract<Event, { type: 'stack-update' | 'gate-waiting' | 'gate-passed' | 'tolerated' | 'action' }>,
  ): void {
    const step = this.#steps.get(event.step ?? this.#running ?? '') ?? this.#steps.get(this.#running ?? '');
    if (!step) return;
    const below = (name: string, from: Date, attributes: Attributes) =>
      this.#start(name, from, trace.setSpan(ROOT_CONTEXT, step.span)).setAttributes(attributes);
    const gateSpan = (gate: string) => {
      const open = step.gates.get(gate) ?? below(`gate: ${gate}`, at(event), { 'kubezero.gate': gate });
      step.gates.set(gate, open);
      return open;
    };
    if (event.type !== 'tolerated') {
      step.action?.end(at(event));
      step.action = undefined;
    }
    switch (event.type) {
      case 'stack-update':
        below(`stack: ${event.stack}`, startOf(event, step.last), changesOf(event)).end(at(event));
        break;
      case 'gate-waiting': {
        const first = event.waits[0];
        gateSpan(event.gate).setAttributes({
          'kubezero.gate.waits': event.waits.length,
          ...(first ? { 'kubezero.gate.waits_for': `${first.object}: ${first.reason}` } : {}),
        });
        break;
      }
      case 'gate-passed':
        gateSpan(event.gate).end(at(event));
        step.gates.delete(event.gate);
        break;
      case 'tolerated':
        step.span.addEvent('known issue tolerated', { issue: event.issue, until: event.until }, at(event));
        break;
      case 'action':
        step.action = below(`${event.what} ${event.object}`, at(event), {
          'kubezero.action': event.what,
          'kubezero.object': event.object,
        });
        break;
    }
    step.last = event.at;
  }

  #fail(run: Span, event: Stamped<Failed>): void {
    const { message, exit, where, state, fix, stack } = event;
    run.setStatus({ code: SpanStatusCode.ERROR, message });
    run.setAttribute('kubezero.exit_code', exit);
    run.addEvent(
      'exception',
      {
        'exception.message': message,
        ...(stack ? { 'exception.stacktrace': stack } : {}),
        ...(where ? { 'kubezero.where': where } : {}),
        ...(state ? { 'kubezero.state': state } : {}),
        ...(fix ? { 'kubezero.fix': fix } : {}),
      },
      at(event),
    );
    this.#ended ??= event.at;
  }
}

function at(event: Event): Date {
  return new Date(event.at);
}

/** Where the engine’s time isn’t known: from the last thing that the step said. */
function startOf({ seconds, at: end }: Stamped<StackUpdate>, last: string): Date {
  return new Date(seconds === undefined ? last : Date.parse(end) - seconds * 1000);
}

function changesOf({ stack, changes, preview = false }: StackUpdate): Attributes {
  const counts = Object.entries(changes).map(([kind, count]) => [`kubezero.changes.${kind}`, count] as const);
  return { 'kubezero.stack': stack, 'kubezero.preview': preview, ...Object.fromEntries(counts) };
}
