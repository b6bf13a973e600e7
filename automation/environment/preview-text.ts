import { describeChanges } from '../changes/counts.ts';
import type { StackPlan } from '../changes/schema.ts';
import type { EnvironmentPlan } from '../plan/document.ts';
import { hunks, manifestsMarkdown } from '../report/manifests-markdown.ts';
import { previewMarkdown as stacksMarkdown } from '../report/preview-markdown.ts';
import { chartOrigins } from '../report/wording.ts';

/** A plan as Markdown: its stacks' part in at most half of the limit where there are manifests too. */
export function previewMarkdown(plan: EnvironmentPlan, { limit }: { limit: number }): string {
  const { environment, stacks, manifests = [], charts } = plan;
  const room = charts.length > 0 ? limit - chartOrigins(charts).length - 2 : limit;
  const first = stacksMarkdown(stacks, { environment, limit: manifests.length > 0 ? room / 2 : room });
  const text = manifests.length > 0 ? `${first}\n${manifestsMarkdown(manifests, room - first.length)}` : first;
  return charts.length > 0 ? `${text}\n${chartOrigins(charts)}\n` : text;
}

/** A plan as lines for a terminal. */
export function previewText(plan: EnvironmentPlan): string {
  const { stacks, manifests, charts, verdict } = plan;
  return [
    verdict.text,
    ...stacks.flatMap(stackLines),
    ...(manifests ? [`manifests for ArgoCD: ${manifests.length} change`] : []),
    ...(manifests ?? []).flatMap(({ operation, module, object, diff }) => [
      `  ${marks[operation]} ${module}: ${object}`,
      ...(operation === 'update' ? hunks(diff).map((line) => `      ${line}`) : []),
    ]),
    ...(charts.length > 0 ? [chartOrigins(charts)] : []),
  ].join('\n');
}

const marks = { create: '+', update: '~', replace: '±', delete: '-', read: '>', import: '=' } as const;

function stackLines(plan: StackPlan): string[] {
  if (plan.basis.kind === 'upstream-not-deployed')
    return [`${plan.stack}: not known until stack ${plan.basis.missing.join(', ')} is deployed`];
  const lines = [`${plan.stack}: ${describeChanges(plan)}, ${plan.unchanged} unchanged`];
  if (plan.basis.kind === 'upstream-pending') {
    const pending = plan.basis.upstream.map(({ stack }) => stack).join(', ');
    lines.push(`  (live outputs, while ${pending} has changes pending)`);
  }
  for (const { operation, name, type, properties, retained } of plan.changes) {
    const detail =
      operation === 'update' || operation === 'replace'
        ? `  [${properties.slice(0, 5).join(', ')}${properties.length > 5 ? ', …' : ''}]`
        : retained
          ? '  (leaves the stack; stays in the cluster)'
          : '';
    lines.push(`  ${marks[operation]} ${type.split(':').at(-1)} ${name}${detail}`);
  }
  return lines;
}
