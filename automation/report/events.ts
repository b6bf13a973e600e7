import type { ReleaseId } from '../../releases/release.ts';

/** Version of the event format, in every `run-started`. Raised when a field changes its meaning or goes away. */
export const eventsVersion = 1;

export type StepOutcome = 'already-done' | 'changed' | 'failed' | 'skipped';

/** How many resources of a stack an update created, updated, replaced, deleted, or left as they were. */
export interface ChangeCounts {
  create: number;
  update: number;
  replace: number;
  delete: number;
  same: number;
}

export type ResourceOperation = 'create' | 'update' | 'replace' | 'delete' | 'read' | 'import' | 'refresh';

/** What a gate waits for: one object and why it is not there yet. */
export interface Wait {
  /** `Pod logging/elastic-operator-0`, `Node ip-10-0-1-10`, `etcd member demo-controller-a`. */
  object: string;
  /** `CrashLoopBackOff`, `not Ready at v1.22.8`. */
  reason: string;
}

/** A step as it is announced: the same in pending, started and finished. */
export interface StepLabel {
  /** Unique in its run, e.g. `controllers-reboot`. */
  id: string;
  title: string;
  /** Passage of the release notes it implements, e.g. `5. Reboot controller(s) one by one`. */
  passage?: string;
}

export interface RunStarted {
  type: 'run-started';
  version: typeof eventsVersion;
  /** `upgrade`, `up`, ... */
  command: string;
  environment: string;
  release?: { from?: ReleaseId; to?: ReleaseId };
}
export interface StepPending extends StepLabel {
  type: 'step-pending';
}
export interface StepStarted extends StepLabel {
  type: 'step-started';
}
export interface StepFinished extends StepLabel {
  type: 'step-finished';
  outcome: StepOutcome;
  /** Why it failed or was skipped, or what it found done: one sentence. */
  detail?: string;
}
/** The engine finished an update (or, with `preview`, a preview) of one stack. */
export interface StackUpdate {
  type: 'stack-update';
  stack: string;
  changes: ChangeCounts;
  preview?: boolean;
  /** Time the engine took. */
  seconds?: number;
  step?: string;
}
/** The engine is changing (or, in a preview, would change) one resource. Resources that stay as they are give no event. */
export interface ResourceChange {
  type: 'resource';
  stack: string;
  op: ResourceOperation;
  urn: string;
  /** Last part of the URN. */
  name: string;
  step?: string;
}
/** A gate looked and is not satisfied. Sent on every look; sinks leave out repetitions. */
export interface GateWaiting {
  type: 'gate-waiting';
  step: string;
  /** What the gate is about: `all pods running`, `API serves 1.22.8`. */
  gate: string;
  waits: Wait[];
}
/** A known issue is present and tolerated by a gate. */
export interface Tolerated {
  type: 'tolerated';
  step: string;
  /** Id of the known issue, e.g. `elastic-operator-crash-loop`. */
  issue: string;
  objects: string[];
  /** Step that cures it. */
  until: string;
}
export interface GatePassed {
  type: 'gate-passed';
  step: string;
  gate: string;
}
/** Something done to the live cluster or its cloud: `drain` `Node ip-10-0-1-10`, `terminate` `Instance i-0abc`. */
export interface Action {
  type: 'action';
  what: string;
  object: string;
  step?: string;
}
/** Something the operator should know that stops nothing. */
export interface Warning {
  type: 'warning';
  message: string;
  /** File and path, or object. */
  where?: string;
  step?: string;
}
/** A chart at its pinned version, and where it came from. */
export interface ChartUse {
  chart: string;
  version: string;
  /** `directory`: one that was given; `stand-in`: it only has the names of upstream's. */
  origin: 'directory' | 'cache' | 'stand-in';
  /** Directory it was found in. */
  place: string;
}
/** The charts that the run has rendered. */
export interface ChartsUsed {
  type: 'charts';
  charts: ChartUse[];
}
export interface RunFinished {
  type: 'run-finished';
  /** Exit code of the command. */
  exit: number;
  /** One line: `demo is at 1.22, 14 steps, 2 tolerated issues, all gone`. */
  summary: string;
  /** Where the time went, of an upgrade. */
  timing?: RunTiming;
}

/** Seconds of a run by what they were spent on. */
export interface RunTiming {
  total: number;
  /** Pulumi: updates, previews, reading outputs. */
  engine: number;
  /** Waiting for gates. */
  gates: number;
  /** Actions on live machines and objects: drains, backups, replacements. */
  actions: number;
  /** What is left: this program itself. */
  overhead: number;
}

/** An event before it is stamped with its time. */
export type EventBody =
  | RunStarted
  | StepPending
  | StepStarted
  | StepFinished
  | StackUpdate
  | ResourceChange
  | GateWaiting
  | Tolerated
  | GatePassed
  | Action
  | Warning
  | ChartsUsed
  | RunFinished;

/**
 * Everything a run does, in order; plain JSON. A run may hold others (a rehearsal runs `up` and `upgrade`): their
 * `run-started` ... `run-finished` lie within one of its steps.
 */
export type Event = EventBody & {
  /** ISO 8601, UTC, milliseconds. */
  at: string;
};

/** Takes the events of a run one by one. */
export interface EventSink {
  (event: Event): void;
  /** Draws what is left to draw and lets go of the terminal. Called once, also after a failure. */
  close?(): Promise<void>;
}

/** What the parts that do things are given: `report({ type: 'action', what: 'drain', object: 'Node a' })`. */
export type Report = (event: EventBody) => void;

/** Stamps events with the time and hands them to a sink. */
export function reportTo(sink: EventSink, now: () => Date = () => new Date()): Report {
  return (event) => sink({ ...event, at: now().toISOString() });
}

/** One sink that hands every event to each of several. */
export function tee(...sinks: EventSink[]): EventSink {
  const all: EventSink = (event) => {
    for (const sink of sinks) sink(event);
  };
  all.close = async () => {
    for (const sink of sinks) await sink.close?.();
  };
  return all;
}
