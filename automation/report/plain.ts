import { duration } from '../../errors/duration.ts';
import type { Event, EventSink, RunStarted, StepLabel } from './events.ts';
import type { LogHost } from './log-host.ts';
import { recorder } from './recorder.ts';
import { everyStep, summaryLines } from './summary.ts';
import { changeCounts, chartOrigins, elapsed, objectList, operationMark, outcomeWord, waitList } from './wording.ts';

/** Lines about the same gate come at most this often. */
const waitEveryMilliseconds = 15_000;

/**
 * A line per event, each with its time (UTC); for logs and pipelines. What a gate waits for is printed only when it
 * changes. At the end the timeline as a table.
 * @param host  folds what each step says; a run within a step stays in that step's fold
 */
export function plainSink(print: (line: string) => void, host?: LogHost): EventSink {
  const describe = describer();
  const record = recorder();
  let folded: StepLabel | undefined;
  const write = (event: Event, text: string) => print(`${event.at.slice(11, 19)} ${host?.harmless(text) ?? text}`);
  const mark = (event: Event): string | undefined => {
    const title = titleOf(record.result());
    if (event.type === 'error') return host?.error(title, event);
    if (event.type !== 'warning') return undefined;
    return host?.warning(title, `${event.message}${event.where ? ` (${event.where})` : ''}`);
  };
  const sink: EventSink = (event) => {
    record.sink(event);
    const text = describe(event);
    if (host && event.type === 'step-started' && !folded) {
      folded = event;
      print(host.begin(event, event.at, `${event.at.slice(11, 19)} ${text}`));
      return;
    }
    if (host && event.type === 'step-finished' && folded?.id === event.id) {
      print(host.end(folded, event.at));
      folded = undefined;
    }
    const marked = mark(event);
    if (marked !== undefined) print(marked);
    else if (text !== undefined) write(event, text);
  };
  sink.close = async () => {
    if (host && folded) print(host.end(folded, new Date().toISOString()));
    folded = undefined;
    const run = record.result();
    if (!run || everyStep(run).length <= 1) return;
    for (const line of ['', ...summaryLines(run, 120)]) print(host?.harmless(line) ?? line);
  };
  return sink;
}

function titleOf(run: Pick<RunStarted, 'command' | 'environment'> | undefined): string {
  return run ? `kubezero ${run.command} ${run.environment}` : 'kubezero';
}

/** Turns events into lines (undefined: nothing to say), remembering what it needs of those before. */
function describer(): (event: Event) => string | undefined {
  const startedAt = new Map<string, string>();
  const runs: (RunStarted & { at: string })[] = [];
  const lastWait = new Map<string, { text: string; at: string }>();
  const lastTolerated = new Map<string, string>();

  return (event) => {
    switch (event.type) {
      case 'run-started': {
        runs.push(event);
        const { from, to } = event.release ?? {};
        return `${event.command} ${event.environment}${from ? `, from ${from}` : ''}${to ? ` to ${to}` : ''}`;
      }
      case 'step-pending':
        return undefined;
      case 'step-started':
        startedAt.set(event.id, event.at);
        return `> ${event.id}: ${event.title}${event.passage ? ` [${event.passage}]` : ''}`;
      case 'step-finished': {
        const start = startedAt.get(event.id);
        const took = start && event.outcome !== 'skipped' ? ` in ${duration(elapsed(start, event.at))}` : '';
        return `< ${event.id}: ${outcomeWord[event.outcome]}${took}${event.detail ? `: ${event.detail}` : ''}`;
      }
      case 'stack-update': {
        const took = event.seconds === undefined ? '' : ` (${duration(event.seconds * 1000)})`;
        return `  stack ${event.stack}: ${changeCounts(event.changes, event.preview)}${took}`;
      }
      case 'resource':
        return `  ${operationMark[event.op].padEnd(2)} ${event.stack} ${resourceType(event.urn)} ${event.name}`;
      case 'gate-waiting': {
        const key = `${event.step} ${event.gate}`;
        const text = waitList(event.waits);
        const last = lastWait.get(key);
        if (last && (last.text === text || elapsed(last.at, event.at) < waitEveryMilliseconds)) return undefined;
        lastWait.set(key, { text, at: event.at });
        return `  waiting for ${event.gate}: ${text}`;
      }
      case 'tolerated': {
        const key = `${event.step} ${event.issue}`;
        const objects = objectList(event.objects);
        if (lastTolerated.get(key) === objects) return undefined;
        lastTolerated.set(key, objects);
        return `  known issue ${event.issue}, tolerated until ${event.until}: ${objects}`;
      }
      case 'gate-passed':
        return `  passed: ${event.gate}`;
      case 'action':
        return `  ${event.what} ${event.object}`;
      case 'charts':
        return `  ${chartOrigins(event.charts)}`;
      case 'warning':
        return `  warning: ${event.message}${event.where ? ` (${event.where})` : ''}`;
      case 'policy-violation':
        return `  policy ${event.pack}/${event.policy} (${event.level}), stack ${event.stack}: ${event.message}`;
      case 'plan-pinned':
        return `  held to the plan in ${event.file}${event.planned ? `, made at ${event.planned}` : ''}: ${event.stacks.join(', ')}`;
      case 'error':
        // It is on stderr already.
        return undefined;
      case 'run-finished': {
        const run = runs.pop();
        const took = run ? ` after ${duration(elapsed(run.at, event.at))}` : '';
        const name = run ? `${run.command} ${run.environment}` : 'run';
        return `${name} ${event.exit === 0 ? 'finished' : `ended with exit code ${event.exit}`}${took}: ${event.summary}`;
      }
    }
  };
}

/** `aws:ec2/vpc:Vpc` of `urn:pulumi:demo-network::kubezero::kubezero:infra:Network$aws:ec2/vpc:Vpc::demo`. */
function resourceType(urn: string): string {
  const types = urn.split('::')[2] ?? '';
  return types.split('$').at(-1) ?? types;
}
