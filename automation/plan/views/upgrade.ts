import type { EnvironmentPlan, PlannedStep } from '../document.ts';
import { clip, stackFold } from './changes.ts';
import { code, html, plainText, row } from './escape.ts';
import type { Block, Piece } from './fit.ts';
import { countsText, minutesText, plural } from './words.ts';

/** The pending upgrade: its steps in order as a table, then each as a fold with everything it would do. */
export function upgradeBlocks(plan: EnvironmentPlan): Block[] {
  const { upgrade } = plan;
  if (!upgrade) return [];
  const open = upgrade.steps.filter(({ state }) => state !== 'done');
  const done = upgrade.steps.filter(({ state }) => state === 'done');
  const most = totalMinutes(open);
  return [
    [`### Upgrade from ${upgrade.from} to ${upgrade.to}: ${plural(open.length, 'step')}, in this order`, ''],
    [
      ...(done.length > 0 ? [`Done already: ${done.map(({ id }) => code(id)).join(', ')}.`, ''] : []),
      ...(most ? [`All in all, something restarts or is out of reach for ${most}; the table says what.`, ''] : []),
    ],
    {
      open: ['| # | step | changes | disrupts | for | can be undone |', '|--:|---|---|---|---|---|'],
      pieces: open.map((step) => ({ lines: [stepRow(step, upgrade.steps.indexOf(step) + 1)], weight: 0, kind: 'row' })),
      close: [''],
    },
    ...open.flatMap((step) => stepFold(step, upgrade.steps.indexOf(step) + 1, plan)),
  ];
}

function stepRow(step: PlannedStep, place: number): string {
  const { disruption, undo } = step;
  const minutes = minutesText(disruption);
  return row(
    `${place}`,
    `${code(step.id)}<br>${plainText(step.title)}${step.state === 'blocked' ? '<br>**blocked**' : ''}`,
    plainText(stepChanges(step)),
    plainText(firstClause(disruption.what)),
    minutes.replaceAll(' ', '&nbsp;'),
    undo.possible === 'no' ? '**no**' : undo.possible,
  );
}

/** As much as a table has room for; the step's fold has the whole of it. */
function firstClause(text: string): string {
  return clip(text.split(/[;:.] /)[0] ?? '', 200);
}

/** What a step changes, counted over its stacks. */
export function stepChanges({ stacks, notes, state }: PlannedStep): string {
  const parts = stacks.flatMap((stack) =>
    stack.basis.kind === 'upstream-not-deployed'
      ? [`${stack.stack}: not known yet`]
      : stack.changes.length > 0
        ? [`${stack.stack}: ${countsText(stack)}`]
        : [],
  );
  if (parts.length > 0) return parts.join('; ');
  const [only] = notes;
  if (only === undefined) return state === 'blocked' ? 'not known' : '–';
  if (notes.some((note) => note.startsWith('not known'))) return 'not known';
  return notes.length === 1 ? clip(only, 120) : plural(notes.length, 'action');
}

function stepFold(step: PlannedStep, place: number, plan: EnvironmentPlan): Block[] {
  const { disruption, undo } = step;
  const minutes = minutesText(disruption);
  const said = [
    ...step.blockers.map((blocker) => `**blocked**: ${plainText(clip(blocker))}`),
    ...step.notes.map((note) => plainText(clip(note))),
    `disrupts: ${plainText(disruption.what)}${minutes ? ` (${minutes})` : ''}`,
    ...(disruption.restarts.length > 0 ? [`restarts: ${plainText(few([...disruption.restarts].sort()))}`] : []),
    ...(step.gates.length > 0 ? [`then waits until: ${plainText(few(step.gates))}`] : []),
    `undo: ${undo.possible}; ${plainText(undo.how)}`,
    `release notes: ${plainText(step.passage)}`,
  ];
  const pieces: Piece[] = said.map((line) => ({ lines: [`- ${line}`], weight: 2, kind: 'row' }));
  return [
    [`<details><summary>${place}. <b>${html(step.id)}</b>: ${html(step.title)}</summary>`, ''],
    { open: [], pieces, close: [''] },
    ...step.stacks.flatMap((stack) => stackFold(stack, plan, true)),
    ['</details>', ''],
  ];
}

function few(words: string[], most = 12): string {
  return words.length <= most
    ? words.join('; ')
    : `${words.slice(0, most).join('; ')}; and ${words.length - most} more`;
}

function totalMinutes(steps: PlannedStep[]): string {
  const sums = steps.reduce(
    ([from, to], { disruption: { minutes = [0, 0] } }) => [from + minutes[0], to + minutes[1]] as [number, number],
    [0, 0] as [number, number],
  );
  return minutesText({ what: '', restarts: [], minutes: sums[1] > 0 ? sums : undefined });
}
