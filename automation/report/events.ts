import type { z } from 'zod';
import type * as schema from './schema.ts';

// The schemas themselves are not loaded here: most of what runs only needs the types.
export { eventsVersion } from './version.ts';

type Of<Schema extends z.ZodType> = z.infer<Schema>;

export type StepOutcome = (typeof schema.stepOutcomes)[number];
export type ChangeCounts = Of<typeof schema.changeCounts>;
export type ResourceOperation = (typeof schema.resourceOperations)[number];
export type Wait = Of<typeof schema.wait>;
export type StepLabel = Of<typeof schema.stepLabel>;
export type ChartUse = Of<typeof schema.chartUse>;
export type RunTiming = Of<typeof schema.runTiming>;

export type RunStarted = Of<typeof schema.runStarted>;
export type StepStarted = Of<typeof schema.stepStarted>;
export type StepFinished = Of<typeof schema.stepFinished>;
export type StackUpdate = Of<typeof schema.stackUpdate>;
export type GateWaiting = Of<typeof schema.gateWaiting>;
export type Failed = Of<typeof schema.failed>;

/** An event before it is stamped with its time. */
export type EventBody = Of<typeof schema.eventBody>;

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
  /** Environment variables for a command that the running step starts, so that its trace continues this one. */
  forChildren?(): Record<string, string>;
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
  all.forChildren = () => Object.assign({}, ...sinks.map((sink) => sink.forChildren?.()));
  return all;
}
