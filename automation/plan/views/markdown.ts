import { redact } from '../../report/redacting.ts';
import { chartOrigins } from '../../report/wording.ts';
import type { EnvironmentPlan, Verdict } from '../document.ts';
import { clip, stackFold } from './changes.ts';
import { code, plainText, row } from './escape.ts';
import { type Block, type Fitted, fitInto } from './fit.ts';
import { manifestBlocks } from './manifests.ts';
import { riskBlocks } from './risks.ts';
import { upgradeBlocks } from './upgrade.ts';
import { basisText, countsText, everyChange, plural } from './words.ts';

export interface PlanMarkdownOptions {
  /**
   * Most characters; default: what a comment on GitHub takes (65,536) or on GitLab (1,000,000). Counted in UTF-16 units,
   * of which a text has at least as many as characters.
   */
  limit?: number;
  /** Where all of it is, where something has to be left out: `in the job’s summary`. Default: the command that shows it. */
  whole?: string;
  platform?: 'github' | 'gitlab';
}

const limits = { github: 65_536, gitlab: 1_000_000 };
/** Kept for what says that something was left out. */
const noticeRoom = 600;

/**
 * A plan as a comment for the one who reviews the change: first the verdict, then what happens in which order, what is
 * lost, what touches security, at last each resource's properties, old and new. Begins with the marker by which the comment
 * is found again. Where that is longer than the limit, detail goes from the least risky end.
 */
export function planMarkdown(plan: EnvironmentPlan, options: PlanMarkdownOptions = {}): string {
  const { limit = limits[options.platform ?? 'github'], whole = `\`${wholeCommand(plan)}\`` } = options;
  const blocks = [
    headline(plan),
    ...upgradeBlocks(plan),
    ...riskBlocks(plan),
    ...stackBlocks(plan),
    ...manifestBlocks(plan.manifests ?? []),
    footer(plan),
  ];
  const all = fitInto(blocks, limit);
  const text = redact(all.text);
  if (nothingDropped(all) && text.length <= limit) return text;
  const short = fitInto([headline(plan), NOTICE, ...blocks.slice(1)], limit - noticeRoom);
  const cut = redact(short.text.replace(NOTICE[0]!, () => notice(short, whole)));
  return cut.length <= limit ? cut : smallest(plan, limit, whole);
}

// No text of a plan has a control character in it by then.
const NOTICE = ['\u0001', ''];

function nothingDropped({ dropped }: Fitted): boolean {
  return Object.values(dropped).every((count) => count === 0);
}

function notice({ dropped }: Fitted, whole: string): string {
  const parts = [
    ...(dropped.diff > 0 ? [`the property diffs of ${plural(dropped.diff, 'resource')}`] : []),
    ...(dropped.row > 0 ? [`${plural(dropped.row, 'line')} on changes`] : []),
    ...(dropped.manifest > 0 ? [plural(dropped.manifest, 'manifest')] : []),
  ];
  return `_Too long for one comment: ${parts.join(', ')} left out, what is least risky first. All of it: ${whole}._`;
}

/** Where there is no room for more than that. */
function smallest(plan: EnvironmentPlan, limit: number, whole: string): string {
  const lines = [...headline(plan, Math.max(50, Math.floor(limit / 8))), `_All of it: ${whole}._`];
  const kept: string[] = [];
  let room = limit;
  for (const line of lines) {
    if (line.length + 1 > room) break;
    room -= line.length + 1;
    kept.push(line);
  }
  return `${kept.join('\n').trimEnd()}\n`;
}

const outcomeWords: Record<Verdict['outcome'], string> = {
  failed: 'not previewed to its end',
  guarded: 'refused',
  blocked: 'blocked',
  drift: 'changed behind the stacks’ back',
  changes: 'changes pending',
  'no-changes': 'no changes',
};

/** What a plan comes to, in a few words. */
function outcomeText(plan: EnvironmentPlan): string {
  const { outcome } = plan.verdict;
  if (outcome !== 'guarded') return outcomeWords[outcome];
  const holdsData = everyChange(plan).some(({ change }) => change.guard && !change.guard.allowed);
  return holdsData ? 'refused, since something that holds data would go' : 'refused, since a policy forbids it';
}

/** `demo: changes pending. 2 resources of demo-workers would be updated.`, in one line. */
export function verdictLine(plan: EnvironmentPlan): string {
  const { environment, verdict } = plan;
  return `${environment}: ${outcomeText(plan)}. ${sentence(verdict.text, environment)}`;
}

function headline(plan: EnvironmentPlan, longest = 2_000): string[] {
  const { environment, verdict } = plan;
  return [
    `<!-- kubezero:${environment} -->`,
    `## ${plainText(environment)}: ${outcomeText(plan)}`,
    '',
    `**${plainText(clip(sentence(verdict.text, environment), longest))}**`,
    '',
  ];
}

/** With a capital, unless it begins with a name. */
function sentence(text: string, environment: string): string {
  const first = text.startsWith(environment) ? text.slice(0, 1) : text.slice(0, 1).toUpperCase();
  return `${first}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function stackBlocks(plan: EnvironmentPlan): Block[] {
  const drift = plan.command === 'drift';
  const told = plan.stacks.filter(
    ({ changes, basis, failure, diagnostics, policies, outputs }) =>
      changes.length + diagnostics.length + policies.length + outputs.length > 0 ||
      failure !== undefined ||
      basis.kind !== 'live',
  );
  const quiet = plan.stacks.filter((stack) => !told.includes(stack));
  const title = plan.upgrade ? '### Beside the upgrade: pending at the deployed release' : '### Stacks';
  return [
    ...(told.length > 0
      ? [
          [
            title,
            '',
            `| stack | changes | ${drift ? 'as it should be' : 'unchanged'} |${drift ? '' : ' computed from |'}`,
            `|---|---|--:|${drift ? '' : '---|'}`,
            ...told.map((stack) => {
              const cells = [`**${plainText(stack.stack)}**`, countsCell(plan, stack), `${stack.unchanged}`];
              return drift ? row(...cells) : row(...cells, plainText(basisText(stack.basis)));
            }),
            '',
          ],
        ]
      : []),
    ...(quiet.length > 0
      ? [
          [
            `${drift ? 'As their stacks have them' : plan.upgrade ? 'Nothing else pending' : 'Without changes'}: ${quiet
              .map(({ stack, unchanged }) => `${plainText(stack)} (${plural(unchanged, 'resource')})`)
              .join(', ')}.`,
            '',
          ],
        ]
      : []),
    ...told.flatMap((stack) => stackFold(stack, plan)),
  ];
}

function countsCell({ command }: EnvironmentPlan, stack: EnvironmentPlan['stacks'][number]): string {
  if (stack.basis.kind === 'upstream-not-deployed') return 'unknown';
  const failed = stack.failure === undefined ? '' : ' until it failed';
  return `${countsText(stack, command === 'drift')}${failed}`;
}

/** What this was made from, and how to see more. */
function footer(plan: EnvironmentPlan): string[] {
  const { release, commit, at, charts, command } = plan;
  const deployed = release.deployed ?? 'nothing';
  const about = [
    `release ${deployed === release.files ? release.files : `${release.files} in the files, ${deployed} deployed`}`,
    ...(commit
      ? [
          `commit ${code(commit.slice(0, 12).replace('+', ''))}${commit.endsWith('+') ? ' and what isn’t committed' : ''}`,
        ]
      : []),
    `${command === 'drift' ? 'compared' : 'computed'} ${at.slice(0, 16).replace('T', ' ')} UTC`,
    `more: ${code(wholeCommand(plan))}`,
  ];
  const standIns = charts.some(({ origin }) => origin === 'stand-in');
  const from = charts.length > 0 ? plainText(chartOrigins(charts)) : '';
  return [
    ...(standIns
      ? [
          `<details><summary>Stand-ins in the place of some charts: what their objects contain isn’t what upstream’s do</summary>`,
          '',
          from,
          '',
          '</details>',
          '',
        ]
      : from
        ? [`<sub>${from}</sub>`, '']
        : []),
    '---',
    `<sub>${about.join(' · ')}</sub>`,
  ];
}

/** The command that shows all of a plan. */
export function wholeCommand({ command, environment, upgrade, release }: EnvironmentPlan): string {
  const to = upgrade && upgrade.to !== release.files ? ` --to ${upgrade.to}` : '';
  return `kubezero ${command} ${environment}${to}`;
}
