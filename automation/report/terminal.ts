import { Listr, ListrLogger, type ListrTask, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import { duration } from '../../errors/duration.ts';
import type { Event, EventSink } from './events.ts';
import { LiveRun, type LiveStep } from './live-run.ts';
import { recorder } from './recorder.ts';
import { summaryLines } from './summary.ts';
import { outcomeWord } from './wording.ts';

export interface TerminalOptions {
  stdout: NodeJS.WriteStream;
  now?: () => number;
}

// biome-ignore lint/suspicious/noExplicitAny: the wrapper's renderer types add nothing here
type Wrapper = ListrTaskWrapper<unknown, any, any>;

const listOptions = { concurrent: false, exitOnError: true } as const;
const rendererOptions = {
  collapseSubtasks: true,
  collapseErrors: true,
  showErrorMessage: false,
  formatOutput: 'truncate',
  removeEmptyLines: true,
} as const;

/**
 * The live view: a list of the run's steps with their times, below the running one what it does or which object it waits
 * for and why, and at the end the timeline as a table. A run within a step is a list below that step.
 */
export function terminalSink(options: TerminalOptions): EventSink {
  const now = options.now ?? Date.now;
  const record = recorder();
  let root: LiveRun | undefined;
  let drawn: Promise<void> | undefined;
  let ended = false;

  const sink: EventSink = (event: Event) => {
    record.sink(event);
    if (!root) {
      root = new LiveRun();
      drawn = draw(root, options, now);
    } else if (event.type === 'run-started') {
      const outer = root.innermost.running;
      if (!outer) return;
      outer.inner = new LiveRun();
      outer.changed();
    } else {
      runOf(root, event).take(event);
    }
    ended ||= root.ended;
  };
  sink.close = async () => {
    if (!root) return;
    if (!ended) endAll(root);
    await drawn;
    const run = record.result();
    if (!run) return;
    const lines = summaryLines(run, options.stdout.columns ?? 80);
    const took = run.seconds === undefined ? '' : ` in ${duration(run.seconds * 1000)}`;
    const end = run.summary ? [`${run.command} ${run.environment}${took}: ${run.summary}`] : [];
    options.stdout.write(`${['', ...lines, ...(lines.length > 0 ? [''] : []), ...end].join('\n')}\n`);
  };
  return sink;
}

/**
 * The run an event belongs to: the innermost, unless it is about a step that only an outer one knows; then the inner
 * run was killed before it could say that it ended.
 */
function runOf(root: LiveRun, event: Event): LiveRun {
  const innermost = root.innermost;
  if (event.type !== 'step-finished' || innermost.steps.some(({ label }) => label.id === event.id)) return innermost;
  for (let run = root; run !== innermost; run = run.running?.inner as LiveRun) {
    const step = run.running;
    if (step?.label.id === event.id && step.inner) {
      endAll(step.inner);
      return run;
    }
  }
  return innermost;
}

/** Ends a run that will say no more, so that nothing waits for it. */
function endAll(run: LiveRun): void {
  const inner = run.running?.inner;
  if (inner) endAll(inner);
  if (!run.ended) run.take({ type: 'run-finished', exit: 1, summary: '', at: new Date().toISOString() });
}

async function draw(run: LiveRun, { stdout }: TerminalOptions, now: () => number): Promise<void> {
  await run.announced;
  if (run.steps.length === 0) return;
  const list = new Listr(tasksOf(run, now), {
    ...listOptions,
    // The command's own handlers decide what Ctrl-C does.
    registerSignalListeners: false,
    renderer: 'default',
    forceTTY: true,
    rendererOptions: {
      ...rendererOptions,
      logger: new ListrLogger({
        useIcons: true,
        toStderr: [],
        // What others write meanwhile is held back and printed below the list when it ends.
        processOutput: new ProcessOutput(stdout, stdout === process.stdout ? process.stderr : stdout, {
          leaveEmptyLine: false,
        }),
      }),
    },
  });
  // A failed step is an event like any other; the command throws what it has to say.
  await list.run().catch(() => undefined);
}

function tasksOf(run: LiveRun, now: () => number): ListrTask[] {
  return run.steps.map((step) => ({
    title: step.label.title,
    task: (_context, task) => follow(run, step, task as Wrapper, now),
  }));
}

/** Keeps a task's title and output in line with its step until the step ends or hands over to an inner run. */
async function follow(run: LiveRun, step: LiveStep, task: Wrapper, now: () => number): Promise<unknown> {
  const clock = setInterval(() => show(step, task, now), 1000);
  clock.unref();
  const changes = (until: () => boolean) =>
    new Promise<void>((resolve) => {
      step.changed = () => {
        show(step, task, now);
        if (until()) resolve();
      };
      step.changed();
    });
  const over = () => step.finished !== undefined || run.ended;
  await changes(() => over() || step.inner !== undefined);
  if (step.inner && !step.finished) {
    const { inner } = step;
    await inner.announced;
    // The clock goes on: this step ends after the list below it.
    if (inner.steps.length > 0) {
      void changes(over).then(() => clearInterval(clock));
      return task.newListr(tasksOf(inner, now), { ...listOptions, rendererOptions });
    }
    await changes(over);
  }
  clearInterval(clock);
  if (!step.finished) throw new Error('not finished');
  if (step.finished.outcome === 'failed') throw new Error(step.finished.detail ?? 'failed');
  if (step.finished.outcome === 'skipped') task.skip(task.title);
  return undefined;
}

function show({ label, startedAt, finished, doing }: LiveStep, task: Wrapper, now: () => number): void {
  if (startedAt === undefined) return;
  const time = duration((finished ? Date.parse(finished.at) : now()) - startedAt);
  if (!finished) {
    task.title = `${label.title}  ${time}`;
    if (doing !== undefined) task.output = doing;
    return;
  }
  const { outcome, detail } = finished;
  const word = outcome === 'changed' ? '' : `  ${outcomeWord[outcome]}`;
  const why = detail && (outcome === 'failed' || outcome === 'skipped') ? `: ${detail}` : '';
  task.title = `${label.title}${outcome === 'skipped' ? '' : `  ${time}`}${word}${why}`;
}
