import { countChanges } from '../changes/counts.ts';
import { destructive } from '../changes/guards.ts';
import type { ResourceChange, StackPlan } from '../changes/schema.ts';
import { redact } from './redact.ts';
import { changeCounts } from './wording.ts';

export interface PreviewMarkdownOptions {
  environment: string;
  /** Most characters of the comment; a pull request comment takes 65 536. */
  limit?: number;
}

/**
 * Pending changes of an environment's stacks as one pull request comment: a table of the stacks in their order, then a
 * fold per stack that changes, what is dangerous first. Starts with a marker by which the comment is found again.
 * Cut to `limit` line by line, stacks with dangerous changes last, saying how many lines were left out.
 */
export function previewMarkdown(plans: StackPlan[], options: PreviewMarkdownOptions): string {
  const { environment, limit = 65_000 } = options;
  const head = [
    `<!-- kubezero:${environment} -->`,
    `## Pending changes of ${environment}`,
    '',
    '| stack | changes | computed from |',
    '|---|---|---|',
    ...plans.map((plan) => `| ${plan.stack} | ${changeCounts(countChanges(plan), true)} | ${basisText(plan.basis)} |`),
    ...dangers(plans),
    '',
  ].join('\n');
  const changing = plans.filter((plan) => plan.changes.length > 0 || plan.diagnostics.length > 0);
  let room = limit - head.length;
  for (const plan of changing) room -= frameSize(plan);
  const shown = new Map<StackPlan, string[]>();
  for (const plan of [...changing].sort((a, b) => risk(b) - risk(a))) {
    const all = lines(plan);
    const kept: string[] = [];
    for (const line of all) {
      if (line.length + 1 > room) break;
      kept.push(line);
      room -= line.length + 1;
    }
    shown.set(plan, kept);
  }
  const folds = changing.map((plan) => fold(plan, shown.get(plan) ?? [], lines(plan).length, environment));
  return redact(`${[head, ...folds].join('\n').trimEnd()}\n`);
}

function basisText(basis: StackPlan['basis']): string {
  switch (basis.kind) {
    case 'live':
      return 'live outputs';
    case 'upstream-pending':
      return `live outputs, while ${basis.upstream.map(({ stack }) => stack).join(', ')} has changes pending`;
    case 'upstream-not-deployed':
      return `not known until stack ${basis.missing.join(', ')} is deployed`;
  }
}

function dangers(plans: StackPlan[]): string[] {
  const found = plans.flatMap((plan) =>
    destructive(plan).map((change) => `- ${change.operation} ${code(`${plan.stack} ${change.name}`)} (${change.type})`),
  );
  return found.length === 0
    ? []
    : ['', '**These hold data or are protected; the update will be refused:**', '', ...found.slice(0, 50)];
}

const order: ResourceChange['operation'][] = ['delete', 'replace', 'update', 'import', 'create', 'read'];
const marks: Record<ResourceChange['operation'], string> = {
  delete: '-',
  replace: '!',
  update: '!',
  import: '+',
  create: '+',
  read: ' ',
};

function risk(plan: StackPlan): number {
  return (
    destructive(plan).length * 10_000 +
    plan.changes.filter(({ operation }) => operation === 'delete' || operation === 'replace').length
  );
}

/** A line per change, most dangerous first, each with what changes. */
function lines(plan: StackPlan): string[] {
  const changes = [...plan.changes].sort(
    (a, b) =>
      order.indexOf(a.operation) - order.indexOf(b.operation) || compare(a.type, b.type) || compare(a.name, b.name),
  );
  return [
    ...plan.diagnostics.map(({ severity, message }) => `# ${severity}: ${message.replaceAll(/\s*\n\s*/g, ' ')}`),
    ...changes.map(
      (change) => `${marks[change.operation]} ${change.operation} ${change.type} ${change.name}${properties(change)}`,
    ),
  ];
}

function properties({ operation, properties: changed, replaceKeys, retained }: ResourceChange): string {
  if (retained) return ' (leaves the stack; stays in the cluster)';
  if (operation === 'replace' && replaceKeys.length > 0) return ` (because of ${list(replaceKeys)})`;
  if (operation !== 'update' && operation !== 'replace') return '';
  return changed.length > 0 ? ` (${list(changed)})` : ' (the provider gives no detail)';
}

function list(paths: string[]): string {
  return paths.length <= 3 ? paths.join(', ') : `${paths.slice(0, 3).join(', ')} and ${paths.length - 3} more`;
}

function fold(plan: StackPlan, kept: string[], total: number, environment: string): string {
  const fence = fenceFor(kept);
  const left = total - kept.length;
  return [
    `<details><summary>${plan.stack}: ${changeCounts(countChanges(plan), true)}</summary>`,
    '',
    `${fence}diff`,
    ...kept,
    fence,
    ...(left > 0 ? [`${left} more lines: \`kubezero preview ${environment}\``] : []),
    '',
    '</details>',
    '',
  ].join('\n');
}

/** Characters a fold takes without its lines, generously. */
function frameSize(plan: StackPlan): number {
  return fold(plan, [], 99_999, plan.stack).length + 20;
}

/** A fence longer than any run of backticks within. */
function fenceFor(content: string[]): string {
  const longest = Math.max(2, ...(content.join('\n').match(/`+/g) ?? []).map((run) => run.length));
  return '`'.repeat(longest + 1);
}

function code(text: string): string {
  return text.includes('`') ? text : `\`${text}\``;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
