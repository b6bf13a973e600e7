import type { ResourceChange, StackPlan } from '../../engine/changes/schema.ts';
import type { EnvironmentPlan } from '../document.ts';
import { code, fenced, html, plainText } from './escape.ts';
import type { Block, Piece } from './fit.ts';
import { byRank, countsText, diffLines, plural, propertiesText, rank, resourceName, restartsText } from './words.ts';

/** How long the pieces of a change are kept: what is dangerous whole, then the names of the rest, then its details. */
function weights(change: ResourceChange): { row: number; diff: number } {
  const risk = rank(change);
  return risk <= 3 ? { row: 10 + risk, diff: 20 + risk } : { row: 30 + risk, diff: 50 + risk };
}

/** Operations as they are called of a stack, and of what was done behind its back. */
export function operationText({ operation, retained }: ResourceChange, drift: boolean): string {
  if (drift) return { delete: 'gone', create: 'new', update: 'changed' }[operation as string] ?? operation;
  return retained && operation === 'delete' ? 'let go' : operation;
}

/** Changes of one stack, each with a heading and what changes about it; objects of a module under its name. */
export function changeBlocks(stack: StackPlan, plan: EnvironmentPlan): Block[] {
  const drift = plan.command === 'drift';
  const parents = new Map<string, ResourceChange[]>();
  for (const change of [...stack.changes].sort(byRank)) {
    const parent = stack.layer === 'modules' ? (change.parent ?? '') : '';
    parents.set(parent, [...(parents.get(parent) ?? []), change]);
  }
  const short = shortNames(stack.changes);
  return [...parents].map(([parent, changes]) => ({
    open: parent ? [`**module ${plainText(parent)}**: ${countsText({ changes }, drift)}`, ''] : [],
    pieces: changes.flatMap((change) => pieces(change, short(change), drift)),
    close: [''],
    missing: (count: number) => ['', `_${plural(count, 'more change')} left out here._`],
  }));
}

function pieces(change: ResourceChange, name: string, drift: boolean): Piece[] {
  const { row, diff } = weights(change);
  const lines = diffLines(change);
  const what = plainText(clip(propertiesText(change), 160));
  const heading: Piece = { lines: [headingOf(change, name, drift, what)], weight: row, kind: 'row' };
  if (lines.length === 0) return [heading];
  const block = fenced(lines).map((line) => `  ${line}`);
  // What the diff below says needs no saying twice.
  const short = change.retained ? heading.lines : [headingOf(change, name, drift, '')];
  return [heading, { lines: ['', ...block, ''], weight: diff, kind: 'diff', below: heading, heading: short }];
}

function headingOf(change: ResourceChange, name: string, drift: boolean, what: string): string {
  const about = [
    what,
    change.id && !change.name.endsWith(change.id) ? code(change.id) : '',
    drift ? '' : plainText(restartsText(change)),
    ...change.security.map((note) => `**${plainText(note)}**`),
  ].filter(Boolean);
  return `- ${operationText(change, drift)} ${code(name)}${about.length > 0 ? `: ${about.join('; ')}` : ''}`;
}

/** Names resources by the last part of their type, and by all of it where two would read the same. */
export function shortNames(changes: ResourceChange[]): (change: ResourceChange) => string {
  const uses = new Map<string, Set<string>>();
  for (const change of changes) {
    const name = resourceName(change);
    uses.set(name, (uses.get(name) ?? new Set()).add(change.type));
  }
  return (change) => {
    const name = resourceName(change);
    return (uses.get(name)?.size ?? 0) > 1 ? `${change.type} ${change.name}` : name;
  };
}

/** What else is to be said of a stack: why it failed, its diagnostics, policies and outputs. */
export function remarks({ failure, diagnostics, policies, outputs }: StackPlan): string[] {
  const said = [
    ...(failure === undefined ? [] : [`**not previewed to its end**: ${plainText(clip(failure))}`]),
    ...policies.map(
      ({ level, pack, policy, message }) =>
        `**policy ${code(`${pack}/${policy}`)}** (${level}): ${plainText(clip(message))}`,
    ),
    ...diagnostics
      .filter(({ message }) => message !== failure)
      .map(({ severity, message }) => `${severity}: ${plainText(clip(message))}`),
    ...(outputs.length > 0 ? [`outputs that change: ${outputs.map(({ name }) => code(name)).join(', ')}`] : []),
  ];
  return said.map((line) => `- ${line}`);
}

/** A stack as a fold: what it comes to, remarks, changes. */
export function stackFold(stack: StackPlan, plan: EnvironmentPlan, inner = false): Block[] {
  const said = remarks(stack);
  if (stack.changes.length === 0 && said.length === 0) return [];
  const drift = plan.command === 'drift';
  const counts = stack.changes.length > 0 ? countsText(stack, drift) : 'remarks';
  const pieces: Piece[] = said.map((line) => ({ lines: [line], weight: 15, kind: 'row' }));
  const head: Block = { open: [], pieces, close: [''] };
  const blocks = [...(said.length > 0 ? [head] : []), ...changeBlocks(stack, plan)];
  if (inner) return [[`**${plainText(stack.stack)}**: ${counts}`, ''], ...blocks];
  return [
    [`<details><summary><b>${html(stack.stack)}</b>: ${html(counts)}</summary>`, ''],
    ...blocks,
    ['</details>', ''],
  ];
}

const longestRemark = 1_000;

/** Error texts of providers can be pages. */
export function clip(text: string, longest = longestRemark): string {
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
}
