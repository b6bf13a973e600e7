import { duration } from '../../errors/duration.ts';
import type { RecordedRun, RecordedStep } from './recorder.ts';
import { chartOrigins, objectList, outcomeWord } from './wording.ts';

/**
 * The timeline of a finished run as a table: a line per step with its outcome, how long it took, and how much of that was
 * waiting at gates; then known issues that were tolerated and warnings. Runs within a step are indented below it.
 * @param width columns to fit into
 */
export function summaryLines(run: RecordedRun, width: number): string[] {
  const rows = stepRows(run, 0);
  if (rows.length === 0) return [...warningLines(run), ...chartLines(run)];
  const columns = [rows.map((row) => row.outcome), rows.map((row) => row.took), rows.map((row) => row.gates)].map(
    (cells, index) => Math.max(...cells.map((cell) => cell.length), (headings[index] as string).length),
  );
  const fixed = columns.reduce((sum, column) => sum + column + 2, 0);
  const longest = Math.max(...rows.map((row) => row.step.length), 'step'.length);
  const step = Math.max(12, Math.min(longest, width - fixed));
  const line = (name: string, cells: string[]) =>
    `${shorten(name, step).padEnd(step)}${cells.map((cell, index) => `  ${index === 0 ? cell.padEnd(columns[0] as number) : cell.padStart(columns[index] as number)}`).join('')}`.trimEnd();
  return [
    line('step', [...headings]),
    ...rows.map(({ step: name, outcome, took, gates }) => line(name, [outcome, took, gates])),
    ...timingLines(run),
    ...failureLines(run),
    ...toleratedLines(run),
    ...warningLines(run),
    ...chartLines(run),
  ];
}

const headings = ['outcome', 'took', 'at gates'] as const;

interface Row {
  step: string;
  outcome: string;
  took: string;
  gates: string;
}

function stepRows(run: RecordedRun, depth: number): Row[] {
  return run.steps.flatMap((step) => [
    stepRow(step, depth),
    ...step.runs.flatMap((inner) => stepRows(inner, depth + 1)),
  ]);
}

function stepRow(step: RecordedStep, depth: number): Row {
  const outcome = step.outcome ? outcomeWord[step.outcome] : step.startedAt ? 'not finished' : 'not run';
  const waited = step.gates.reduce((sum, gate) => sum + (gate.seconds ?? 0), 0);
  const timed = step.seconds !== undefined && step.outcome !== 'skipped';
  return {
    step: '  '.repeat(depth) + step.id,
    outcome,
    took: timed ? duration((step.seconds as number) * 1000) : '',
    gates: timed && waited > 0 ? duration(waited * 1000) : '',
  };
}

/** Where the time of each run went that says so. */
export function timingLines(run: RecordedRun): string[] {
  const inner = run.steps.flatMap((step) => step.runs.flatMap(timingLines));
  if (!run.timing) return inner;
  const { total, engine, gates, actions, overhead } = run.timing;
  const parts = Object.entries({ engine, gates, actions, 'kubezero itself': overhead });
  const share = (seconds: number) => (total > 0 ? ` (${Math.round((100 * seconds) / total)} %)` : '');
  return [
    `${run.command}: ${parts.map(([part, seconds]) => `${part} ${duration(seconds * 1000)}${share(seconds)}`).join(', ')}`,
    ...inner,
  ];
}

/** Why the innermost failed steps failed; the ones around them failed because of those. */
function failureLines(run: RecordedRun): string[] {
  return everyStep(run)
    .filter(
      ({ outcome, runs }) =>
        outcome === 'failed' && !runs.some((inner) => everyStep(inner).some((step) => step.outcome === 'failed')),
    )
    .map(({ id, detail }) => `${id} failed${detail ? `: ${detail}` : ''}`);
}

function toleratedLines(run: RecordedRun): string[] {
  return everyStep(run).flatMap((step) =>
    step.tolerated.map(
      ({ issue, objects, until }) =>
        `known issue ${issue} tolerated in ${step.id} until ${until}: ${objectList(objects)}`,
    ),
  );
}

function warningLines(run: RecordedRun): string[] {
  const own = run.warnings.map(({ message, where }) => `warning: ${message}${where ? ` (${where})` : ''}`);
  return [...own, ...run.steps.flatMap((step) => step.runs.flatMap(warningLines))];
}

/** Where the charts of a run, and of the runs within it, came from: a chart that several used is counted once. */
export function chartLines(run: RecordedRun): string[] {
  const all = [run, ...innerRuns(run)].flatMap(({ charts = [] }) => charts);
  const distinct = [...new Map(all.map((use) => [`${use.chart} ${use.version} ${use.origin}`, use])).values()];
  return distinct.length > 0 ? [chartOrigins(distinct)] : [];
}

function innerRuns(run: RecordedRun): RecordedRun[] {
  return run.steps.flatMap(({ runs }) => runs.flatMap((inner) => [inner, ...innerRuns(inner)]));
}

/** Steps of a run and of the runs within it. */
export function everyStep(run: RecordedRun): RecordedStep[] {
  return run.steps.flatMap((step) => [step, ...step.runs.flatMap(everyStep)]);
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}
