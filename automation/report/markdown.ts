import { duration } from '../../errors/duration.ts';
import type { RecordedRun, RecordedStep } from './recorder.ts';
import { redact } from './redacting.ts';
import { chartLines, everyStep, timingLines } from './summary.ts';
import { changeCounts, objectList, outcomeWord } from './wording.ts';

export interface ReportMarkdownOptions {
  /** Promises that were checked afterwards. */
  checks?: { promise: string; kept: boolean; detail: string }[];
}

/** The record of a run as a Markdown page: timeline, what gates waited for, tolerated known issues, warnings. */
export function reportMarkdown(run: RecordedRun, options: ReportMarkdownOptions = {}): string {
  const { from, to } = run.release ?? {};
  const took = run.seconds === undefined ? 'not finished' : `${duration(run.seconds * 1000)}, exit code ${run.exit}`;
  const lines = [
    `# ${run.command} ${run.environment}${from ? ` from ${from}` : ''}${to ? ` to ${to}` : ''}`,
    '',
    `${run.startedAt} · ${took}${run.summary ? ` · ${cell(run.summary)}` : ''}`,
    '',
    '## Timeline',
    '',
    '| step | passage | outcome | start | took | at gates | changes |',
    '|---|---|---|---|---:|---:|---|',
    ...timeline(run, 0),
    ...section(
      'Where the time went',
      timingLines(run).map((line) => `- ${line}`),
    ),
    ...section('Promises', checkRows(options.checks ?? [])),
    ...section('What gates waited for', waitRows(run)),
    ...section('Known issues tolerated', toleratedRows(run)),
    ...section('Warnings', warnings(run)),
    ...section(
      'Charts',
      chartLines(run).map((line) => `- ${line.replace(/^charts: /, '')}`),
    ),
  ];
  return redact(`${lines.join('\n')}\n`);
}

function timeline(run: RecordedRun, depth: number): string[] {
  return run.steps.flatMap((step) => {
    const gates = step.gates.reduce((sum, gate) => sum + (gate.seconds ?? 0), 0);
    const cells = [
      `${'&nbsp;&nbsp;'.repeat(depth)}${cell(step.id)}`,
      cell(step.passage ?? ''),
      step.outcome ? outcomeWord[step.outcome] : step.startedAt ? 'not finished' : 'not run',
      step.startedAt?.slice(11, 19) ?? '',
      step.seconds === undefined ? '' : duration(step.seconds * 1000),
      gates > 0 ? duration(gates * 1000) : '',
      cell(changes(step)),
    ];
    return [`| ${cells.join(' | ')} |`, ...step.runs.flatMap((inner) => timeline(inner, depth + 1))];
  });
}

function changes(step: RecordedStep): string {
  const updates = step.stacks
    .filter(({ preview }) => !preview)
    .map((stack) => `${stack.stack}: ${changeCounts(stack.changes)}`);
  const actions = step.actions.map(({ what, object }) => `${what} ${object}`);
  const detail = step.detail ? [step.detail] : [];
  return [...updates, objectList(actions, 4), ...detail].filter(Boolean).join('; ');
}

function checkRows(checks: NonNullable<ReportMarkdownOptions['checks']>): string[] {
  return checks.map(
    ({ promise, kept, detail }) => `- ${kept ? 'kept' : '**broken**'}: ${promise}${detail ? ` (${detail})` : ''}`,
  );
}

function waitRows(run: RecordedRun): string[] {
  return everyStep(run).flatMap((step) =>
    step.gates.flatMap((gate) =>
      gate.waits.map(({ object, reason, from, until }) => {
        const took = duration(Date.parse(until) - Date.parse(from));
        return `- ${step.id}, ${gate.gate}: ${object}: ${reason} (${from.slice(11, 19)}, ${took})`;
      }),
    ),
  );
}

function toleratedRows(run: RecordedRun): string[] {
  return everyStep(run).flatMap((step) =>
    step.tolerated.map(
      ({ issue, objects, until, firstSeen, lastSeen }) =>
        `- ${issue} in ${step.id}, until ${until}: ${objectList(objects)} (${firstSeen.slice(11, 19)} to ${lastSeen.slice(11, 19)})`,
    ),
  );
}

function warnings(run: RecordedRun): string[] {
  const own = run.warnings.map(({ message, where }) => `- ${message}${where ? ` (${where})` : ''}`);
  return [...own, ...run.steps.flatMap((step) => step.runs.flatMap(warnings))];
}

function section(title: string, rows: string[]): string[] {
  return rows.length === 0 ? [] : ['', `## ${title}`, '', ...rows];
}

/** Text within a table cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
