import type { ChangeCounts, ChartUse, Event, EventSink, RunStarted, RunTiming, StepOutcome } from './events.ts';
import { eventsVersion } from './events.ts';
import { redacting } from './redacting.ts';

/** Something a gate waited for, from the first look that saw it to the last. */
export interface RecordedWait {
  object: string;
  reason: string;
  from: string;
  until: string;
}
export interface RecordedGate {
  gate: string;
  /** First look. */
  startedAt: string;
  /** Absent: it never passed. */
  passedAt?: string;
  seconds?: number;
  waits: RecordedWait[];
}
export interface RecordedTolerance {
  issue: string;
  /** Every object it was seen on. */
  objects: string[];
  /** Step that cures it. */
  until: string;
  firstSeen: string;
  lastSeen: string;
}
export interface RecordedStep {
  id: string;
  title: string;
  passage?: string;
  /** Absent while it runs, or when the run was killed in it. */
  outcome?: StepOutcome;
  detail?: string;
  startedAt?: string;
  finishedAt?: string;
  seconds?: number;
  gates: RecordedGate[];
  tolerated: RecordedTolerance[];
  stacks: { stack: string; changes: ChangeCounts; preview?: boolean; seconds?: number; at: string }[];
  actions: { what: string; object: string; at: string }[];
  /** Runs within this step (a rehearsal's `up` and `upgrade`). */
  runs: RecordedRun[];
}
/** What became of a run: the core of `result.json`. */
export interface RecordedRun {
  version: typeof eventsVersion;
  command: string;
  environment: string;
  release?: RunStarted['release'];
  startedAt: string;
  /** Absent: killed before its end. */
  finishedAt?: string;
  seconds?: number;
  exit?: number;
  summary?: string;
  /** Seconds by what they were spent on. */
  timing?: RunTiming;
  steps: RecordedStep[];
  warnings: { message: string; where?: string; at: string }[];
  /** Charts that were rendered, and where each came from. */
  charts?: ChartUse[];
  /** File of the pinned plan that the run was held to. */
  plan?: string;
}

export interface Recorder {
  sink: EventSink;
  /** The outermost run as far as it has got; undefined before its `run-started`. */
  result(): RecordedRun | undefined;
}

/** Collects the events of a run, and of the runs within it, into one document. */
export function recorder(): Recorder {
  let first: RecordedRun | undefined;
  const open: RecordedRun[] = [];
  const record = (event: Event) => {
    if (event.type === 'run-started') {
      const run: RecordedRun = {
        version: eventsVersion,
        command: event.command,
        environment: event.environment,
        release: event.release,
        startedAt: event.at,
        steps: [],
        warnings: [],
      };
      const around = open.at(-1);
      if (around) currentStep(around, event.at).runs.push(run);
      first ??= run;
      open.push(run);
      return;
    }
    if (event.type === 'step-finished') leaveKilled(open, event.id);
    const run = open.at(-1);
    if (!run) return;
    if (event.type === 'run-finished') {
      open.pop();
      Object.assign(run, { finishedAt: event.at, seconds: seconds(run.startedAt, event.at) });
      Object.assign(run, { exit: event.exit, summary: event.summary }, event.timing ? { timing: event.timing } : {});
      return;
    }
    recordInRun(run, event);
  };
  return { sink: redacting(record), result: () => first };
}

/** A step of an outer run ends: the runs within it that never said so are over, they were killed. */
function leaveKilled(open: RecordedRun[], id: string): void {
  const owner = open.findLastIndex((run) =>
    run.steps.some((step) => step.id === id && step.startedAt !== undefined && !step.finishedAt),
  );
  if (owner >= 0) open.length = owner + 1;
}

type InnerEvent = Exclude<Event, { type: 'run-started' | 'run-finished' }>;

function recordInRun(run: RecordedRun, event: InnerEvent): void {
  switch (event.type) {
    case 'step-pending':
    case 'step-started':
    case 'step-finished': {
      const step = stepOf(run, event.id);
      Object.assign(step, { title: event.title }, event.passage ? { passage: event.passage } : {});
      if (event.type === 'step-started') step.startedAt = event.at;
      if (event.type === 'step-finished') {
        Object.assign(
          step,
          { outcome: event.outcome, finishedAt: event.at },
          event.detail ? { detail: event.detail } : {},
        );
        step.seconds = seconds(step.startedAt ?? event.at, event.at);
      }
      return;
    }
    case 'gate-waiting': {
      const gate = gateOf(stepOf(run, event.step), event.gate, event.at);
      for (const { object, reason } of event.waits) {
        const known = gate.waits.find((wait) => wait.object === object && wait.reason === reason);
        if (known) known.until = event.at;
        else gate.waits.push({ object, reason, from: event.at, until: event.at });
      }
      return;
    }
    case 'gate-passed': {
      const gate = gateOf(stepOf(run, event.step), event.gate, event.at);
      gate.passedAt = event.at;
      gate.seconds = seconds(gate.startedAt, event.at);
      return;
    }
    case 'tolerated': {
      const { tolerated } = stepOf(run, event.step);
      const known = tolerated.find(({ issue }) => issue === event.issue);
      if (known) {
        known.lastSeen = event.at;
        known.objects = [...new Set([...known.objects, ...event.objects])];
      } else {
        const { issue, objects, until, at } = event;
        tolerated.push({ issue, objects: [...objects], until, firstSeen: at, lastSeen: at });
      }
      return;
    }
    case 'stack-update': {
      const { type, step, ...update } = event;
      within(run, step, event.at).stacks.push(update);
      return;
    }
    case 'action': {
      const { what, object, at } = event;
      within(run, event.step, at).actions.push({ what, object, at });
      return;
    }
    case 'warning': {
      const { message, where, at } = event;
      run.warnings.push({ message, ...(where ? { where } : {}), at });
      return;
    }
    case 'charts':
      run.charts = event.charts;
      return;
    case 'policy-violation': {
      const { pack, policy, message, resource, at } = event;
      run.warnings.push({
        message: `policy ${pack}/${policy}: ${message}`,
        ...(resource ? { where: resource } : {}),
        at,
      });
      return;
    }
    case 'plan-pinned':
      run.plan = event.file;
      return;
    case 'resource':
    case 'error':
      return;
  }
}

function stepOf(run: RecordedRun, id: string): RecordedStep {
  const known = run.steps.find((step) => step.id === id);
  if (known) return known;
  const step: RecordedStep = { id, title: id, gates: [], tolerated: [], stacks: [], actions: [], runs: [] };
  run.steps.push(step);
  return step;
}

/** The step an event names, else the one that is running. */
function within(run: RecordedRun, id: string | undefined, at: string): RecordedStep {
  return id === undefined ? currentStep(run, at) : stepOf(run, id);
}

/** The last step that has started; a run without steps of its own gets one named after its command. */
function currentStep(run: RecordedRun, at: string): RecordedStep {
  const started = run.steps.filter(({ startedAt }) => startedAt !== undefined);
  const running = started.findLast(({ finishedAt }) => finishedAt === undefined) ?? started.at(-1);
  if (running) return running;
  const step = stepOf(run, run.command);
  step.startedAt = at;
  return step;
}

/** The gate's latest wait that hasn't passed; a gate waited for a second time within its step is a second entry. */
function gateOf(step: RecordedStep, gate: string, at: string): RecordedGate {
  const open = step.gates.findLast((known) => known.gate === gate && known.passedAt === undefined);
  if (open) return open;
  const fresh: RecordedGate = { gate, startedAt: at, waits: [] };
  step.gates.push(fresh);
  return fresh;
}

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
