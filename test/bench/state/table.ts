import type { Figure, Run } from './comparison.ts';
import { type Cost, type Line, sum } from './ledger.ts';

const columns = [
  ['seconds', ({ seconds }: Cost) => seconds.toFixed(1)],
  ['written', ({ written }) => bytes(written)],
  ['CPU s', ({ cpu }) => cpu.engine.toFixed(1)],
  ['all CPU s', ({ cpu }) => cpu.together.toFixed(1)],
  ['engine', ({ memory }) => bytes(memory.engine)],
  ['provider', ({ memory }) => bytes(memory.provider)],
  ['command', ({ memory }) => bytes(memory.command)],
  ['together', ({ memory }) => bytes(memory.together)],
] as const satisfies readonly (readonly [string, (cost: Cost) => string])[];

/** A run's steps and what each cost. Written and CPU are the engine's, then CPU of all that the command runs; the last four columns are the most memory. */
export function runTable({ name, commit, charts, backend, lines }: Run): string {
  const phases = [...new Set(lines.map(({ phase }) => phase))];
  const rows = phases.flatMap((phase) => {
    const ofPhase = lines.filter((line) => line.phase === phase);
    return [...ofPhase.map((line) => row(stepName(line), line)), row(`${phase} in all`, sum(ofPhase))];
  });
  const where = backend === 's3' ? 'states in a bucket' : 'states in local files';
  return [`${name} (${commit}), charts: ${charts}, ${where}`, head, ...rows].join('\n');
}

const row = (what: string, cost: Cost) =>
  `  ${what.padEnd(34)}${columns.map(([, show]) => show(cost).padStart(10)).join('')}`;
const head = `  ${' '.repeat(34)}${columns.map(([title]) => title.padStart(10)).join('')}`;

function stepName({ phase, step }: Line): string {
  return step === undefined ? `${phase}, outside of its steps` : `${phase} ${step}`;
}

/** What is compared, a line each. */
export function comparisonTable(figures: readonly Figure[]): string {
  return figures.map(comparison).join('\n');
}

function comparison({ what, unit, against, before, now, ratio, limit, met }: Figure): string {
  const show = (value: number | undefined) =>
    value === undefined ? 'no such step' : unit === 'bytes' ? bytes(value) : `${value.toFixed(1)} s`;
  const values = against === undefined ? show(now) : `${show(before)} -> ${show(now)}`;
  const factor = ratio === undefined ? '' : `${ratio.toFixed(2)} x ${against}`;
  const most = limit === undefined ? '' : against === undefined ? bytes(limit) : limit.toFixed(1);
  const verdict =
    limit === undefined ? '' : `at most ${most}: ${met === undefined ? 'unknown' : met ? 'met' : 'MISSED'}`;
  return `  ${what.padEnd(32)}${values.padEnd(26)}${factor.padEnd(44)}${verdict}`.trimEnd();
}

/** `1.80 GB`, `12.4 MB`, by powers of ten; `-` for nothing. */
export function bytes(amount: number): string {
  if (amount === 0) return '-';
  return amount >= 1e9 ? `${(amount / 1e9).toFixed(2)} GB` : `${(amount / 1e6).toFixed(1)} MB`;
}
