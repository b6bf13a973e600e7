import pc from 'picocolors';
import wrapAnsi from 'wrap-ansi';
import type { ResourceChange, StackPlan } from '../../engine/changes/schema.ts';
import { redact } from '../../report/redacting.ts';
import { chartOrigins } from '../../report/wording.ts';
import type { EnvironmentPlan, PlannedStep } from '../document.ts';
import { operationText, shortNames } from './changes.ts';
import { hunks } from './manifests.ts';
import { verdictLine } from './markdown.ts';
import { stepChanges } from './upgrade.ts';
import {
  allowOption,
  basisText,
  byRank,
  countsText,
  diffLines,
  everyChange,
  forcedBy,
  isDestructive,
  marks,
  minutesText,
  plural,
  propertiesText,
  resourceName,
  restartsText,
} from './words.ts';

export interface PlanTextOptions {
  color: boolean;
  /** Columns; default: 100. */
  width?: number;
}

type Paint = ReturnType<typeof pc.createColors>;

/** A line, how far in it is, and how far further its continuation. */
interface Line {
  text: string;
  indent: number;
  hang?: number;
}

/** A plan for a terminal: the same as the comment and in the same order, with nothing left out. */
export function planText(plan: EnvironmentPlan, { color, width = 100 }: PlanTextOptions): string {
  const paint = pc.createColors(color);
  const lines = [
    at(0, paint.bold(verdictLine(plan))),
    ...upgradeLines(plan, paint),
    ...riskLines(plan, paint),
    ...stacksLines(plan, paint),
    ...manifestLines(plan, paint),
    ...(plan.charts.length > 0 ? [at(0, ''), at(0, chartOrigins(plan.charts))] : []),
  ];
  return lines.map((line) => laidOut(line, width)).join('\n');
}

function at(indent: number, text: string, hang = 2): Line {
  return { text, indent, hang };
}

/** Redacted while it is in one piece; broken at words, and within words that are longer than a line. */
function laidOut({ text, indent, hang = 0 }: Line, width: number): string {
  const room = Math.max(20, width - indent - hang);
  const [first = '', ...rest] = wrapAnsi(redact(text), room, { hard: true, trim: false }).split('\n');
  const inner = ' '.repeat(indent);
  return [`${inner}${first}`, ...rest.map((line) => `${inner}${' '.repeat(hang)}${line.trimStart()}`)]
    .map((line) => line.trimEnd())
    .join('\n');
}

function upgradeLines(plan: EnvironmentPlan, paint: Paint): Line[] {
  const { upgrade } = plan;
  if (!upgrade) return [];
  const open = upgrade.steps.filter(({ state }) => state !== 'done');
  const done = upgrade.steps.filter(({ state }) => state === 'done');
  return [
    at(0, ''),
    at(0, paint.bold(`upgrade from ${upgrade.from} to ${upgrade.to}: ${plural(open.length, 'step')}, in this order`)),
    ...(done.length > 0 ? [at(2, `done already: ${done.map(({ id }) => id).join(', ')}`)] : []),
    ...open.flatMap((step) => stepLines(step, upgrade.steps.indexOf(step) + 1, plan, paint)),
  ];
}

function stepLines(step: PlannedStep, place: number, plan: EnvironmentPlan, paint: Paint): Line[] {
  const { disruption, undo } = step;
  const minutes = minutesText(disruption);
  return [
    at(2, `${String(place).padStart(2)}. ${paint.bold(step.id)}: ${step.title}`, 4),
    ...step.blockers.map((blocker) => at(6, paint.red(`blocked: ${oneLine(blocker)}`))),
    at(6, `changes: ${stepChanges(step)}`),
    ...(step.notes.length > 1 ? step.notes.map((note) => at(8, oneLine(note))) : []),
    at(6, `disrupts: ${disruption.what}${minutes ? ` (${minutes})` : ''}`),
    at(6, `undo: ${undo.possible}; ${undo.how}`),
    ...step.stacks.flatMap((stack) =>
      stack.changes.length > 0 || stack.failure ? stackLines(stack, plan, paint, 6) : [],
    ),
  ];
}

function riskLines(plan: EnvironmentPlan, paint: Paint): Line[] {
  const all = everyChange(plan).sort((a, b) => byRank(a.change, b.change));
  const drift = plan.command === 'drift';
  const guarded = drift ? [] : all.filter(({ change }) => change.guard);
  const going = all.filter(({ change }) => (drift || !change.guard) && isDestructive(change));
  const touching = all.filter(({ change }) => change.security.length > 0);
  return [
    ...part('holds data', guarded, paint, ({ where, change }) => {
      const { guard } = change;
      const how = guard?.allowed ? 'allowed' : `refused without ${allowOption(change)}`;
      const text = `${operationText(change, drift)} the ${guard?.kind} ${change.name} (${where}): ${forcedBy(change)}; ${guard?.loss ?? ''}; ${how}`;
      return guard?.allowed ? text : paint.red(text);
    }),
    ...part(drift ? 'gone' : 'deleted or replaced', going, paint, ({ where, change }) =>
      drift
        ? `${resourceName(change)} (${where})`
        : `${change.operation} ${resourceName(change)} (${where}): ${forcedBy(change)}`,
    ),
    ...part('security, look twice', touching, paint, ({ where, change }) =>
      paint.yellow(`${operationText(change, drift)} ${resourceName(change)} (${where}): ${change.security.join('; ')}`),
    ),
  ];
}

function part<T>(title: string, found: T[], paint: Paint, line: (one: T) => string): Line[] {
  if (found.length === 0) return [];
  return [at(0, ''), at(0, paint.bold(title)), ...found.map((one) => at(2, line(one)))];
}

function stacksLines(plan: EnvironmentPlan, paint: Paint): Line[] {
  if (plan.stacks.length === 0) return [];
  const title = plan.upgrade ? ['beside the upgrade, pending at the deployed release'] : [];
  return [
    at(0, ''),
    ...title.map((text) => at(0, paint.bold(text))),
    ...plan.stacks.flatMap((stack) => stackLines(stack, plan, paint, 0)),
  ];
}

function stackLines(stack: StackPlan, plan: EnvironmentPlan, paint: Paint, indent: number): Line[] {
  const drift = plan.command === 'drift';
  if (stack.basis.kind === 'upstream-not-deployed')
    return [at(indent, `${paint.bold(stack.stack)}: ${basisText(stack.basis)}`)];
  const name = shortNames(stack.changes);
  const same = indent === 0 ? `, ${stack.unchanged} ${drift ? 'as they should be' : 'unchanged'}` : '';
  return [
    at(indent, `${paint.bold(stack.stack)}: ${countsText(stack, drift)}${same}`),
    ...(stack.basis.kind === 'upstream-pending' ? [at(indent + 2, `from ${basisText(stack.basis)}`)] : []),
    ...(stack.failure === undefined
      ? []
      : [at(indent + 2, paint.red(`not previewed to its end: ${oneLine(stack.failure)}`))]),
    ...stack.policies.map(({ pack, policy, level, message }) =>
      at(indent + 2, paint.red(`policy ${pack}/${policy} (${level}): ${oneLine(message)}`)),
    ),
    ...stack.diagnostics
      .filter(({ message }) => message !== stack.failure)
      .map(({ severity, message }) => at(indent + 2, `${severity}: ${oneLine(message)}`)),
    ...[...stack.changes].sort(byRank).flatMap((change) => changeLines(change, name(change), drift, paint, indent + 2)),
    ...(stack.outputs.length > 0
      ? [at(indent + 2, `outputs that change: ${stack.outputs.map((output) => output.name).join(', ')}`)]
      : []),
  ];
}

function changeLines(change: ResourceChange, name: string, drift: boolean, paint: Paint, indent: number): Line[] {
  const lines = diffLines(change);
  const about = lines.length > 0 && !change.retained ? '' : propertiesText(change);
  const tint = { delete: paint.red, replace: paint.red, create: paint.green } as Record<string, (t: string) => string>;
  const mark = (tint[change.operation] ?? paint.yellow)(marks[change.operation]);
  const restarts = drift ? [] : [restartsText(change)];
  const said = [about, ...restarts].filter(Boolean).join('; ');
  return [
    at(indent, `${mark} ${name}${change.parent ? paint.dim(` (${change.parent})`) : ''}${said ? `: ${said}` : ''}`),
    ...lines.map((line) => at(indent + 4, (diffTint[line[0] ?? ' ']?.(paint) ?? String)(line))),
  ];
}

const diffTint: Record<string, (paint: Paint) => (text: string) => string> = {
  '+': ({ green }) => green,
  '-': ({ red }) => red,
  '@': ({ cyan }) => cyan,
  '!': ({ yellow }) => yellow,
};

function manifestLines({ manifests }: EnvironmentPlan, paint: Paint): Line[] {
  if (!manifests) return [];
  return [
    at(0, ''),
    at(
      0,
      `${paint.bold('manifests for ArgoCD')}: ${manifests.length === 0 ? 'no changes' : plural(manifests.length, 'object')}`,
    ),
    ...manifests.flatMap(({ operation, module, object, diff }) => [
      at(2, `${marks[operation]} ${module}: ${object}`),
      ...(operation === 'update' ? hunks(diff) : []).map((line) =>
        at(6, (diffTint[line[0] ?? ' ']?.(paint) ?? String)(line)),
      ),
    ]),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
