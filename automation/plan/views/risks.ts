import type { EnvironmentPlan } from '../document.ts';
import { code, plainText, row } from './escape.ts';
import type { Block, Piece } from './fit.ts';
import { allowOption, byRank, everyChange, forcedBy, isDestructive, plural, resourceName } from './words.ts';

type Found = ReturnType<typeof everyChange>[number];

/** What a reviewer decides on: what is refused, what goes, what touches security. */
export function riskBlocks(plan: EnvironmentPlan): Block[] {
  const all = everyChange(plan).sort((a, b) => byRank(a.change, b.change));
  const guarded = all.filter(({ change }) => change.guard);
  const going = all.filter(({ change }) => !change.guard && isDestructive(change));
  const touching = all.filter(({ change }) => change.security.length > 0);
  return plan.command === 'drift'
    ? [...table('Gone', guarded.concat(going), goneRow), ...securityBlocks(touching)]
    : [...guardBlocks(plan, guarded), ...table('Deleted or replaced', going, goingRow), ...securityBlocks(touching)];
}

function guardBlocks({ environment, verdict }: EnvironmentPlan, found: Found[]): Block[] {
  if (found.length === 0) return [];
  const refused = found.some(({ change }) => !change.guard?.allowed);
  return [
    [`### Holds data: ${refused ? 'refused' : 'allowed'}`, ''],
    {
      open: ['| what | where | why | what is lost |', '|---|---|---|---|'],
      pieces: found.map((one) => ({ lines: [guardRow(one)], weight: 0, kind: 'row' })),
      close: [''],
      missing: (count) => [row(`${count} more of these`, '', '', '')],
    },
    refused && verdict.outcome !== 'failed'
      ? [
          `Not meant? Undo the change of the files that causes it. Meant? Say so by name: ${code(
            `kubezero preview ${environment} ${[
              ...new Set(found.filter(({ change }) => !change.guard?.allowed).map(({ change }) => allowOption(change))),
            ]
              .slice(0, 10)
              .join(' ')}`,
          )}, and the same options with \`up\` or \`upgrade\`.`,
          '',
        ]
      : [],
  ];
}

function guardRow({ where, change }: Found): string {
  const { guard } = change;
  return row(
    `**${change.retained ? 'let go' : change.operation} the ${plainText(guard?.kind ?? '')}** ${code(change.name)}${change.id ? ` (${code(change.id)})` : ''}${guard?.allowed ? ', allowed' : ''}`,
    plainText(where),
    plainText(forcedBy(change)),
    plainText(guard?.loss ?? ''),
  );
}

function goingRow({ where, change }: Found): string {
  return row(change.operation, code(resourceName(change)), plainText(where), plainText(forcedBy(change)));
}

function goneRow({ where, change }: Found): string {
  return row('gone', code(resourceName(change)), plainText(where), plainText(change.guard?.loss ?? ''));
}

function table(title: string, found: Found[], line: (one: Found) => string): Block[] {
  if (found.length === 0) return [];
  const pieces: Piece[] = found.map((one) => ({ lines: [line(one)], weight: 3, kind: 'row' }));
  const head = [`| ${title === 'Gone' ? 'what' : 'how'} | resource | where | why |`, '|---|---|---|---|'];
  return folded(`### ${title}: ${plural(found.length, 'resource')}`, {
    open: head,
    pieces,
    close: [''],
    missing: (count) => [row(`${count} more`, '', '', '')],
  });
}

function securityBlocks(found: Found[]): Block[] {
  if (found.length === 0) return [];
  return folded(`### Security: ${plural(found.length, 'change')} to look at twice`, {
    open: ['| what | where | why |', '|---|---|---|'],
    pieces: found.map(({ where, change }) => ({
      lines: [
        row(
          `${change.operation} ${code(resourceName(change))}`,
          plainText(where),
          change.security.map(plainText).join('; '),
        ),
      ],
      weight: 5,
      kind: 'row',
    })),
    close: [''],
    missing: (count) => [row(`${count} more`, '', '')],
  });
}

/** As many as one reads at a glance; the rest is folded. */
const shown = 10;

function folded(title: string, section: Exclude<Block, string[]>): Block[] {
  const { pieces } = section;
  if (pieces.length <= shown + 2) return [[title, ''], section];
  return [
    [title, ''],
    { ...section, pieces: pieces.slice(0, shown) },
    [`<details><summary>${pieces.length - shown} more</summary>`, ''],
    { ...section, pieces: pieces.slice(shown) },
    ['</details>', ''],
  ];
}
