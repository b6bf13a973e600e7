import type { EnvironmentPlan } from '../document.ts';
import { code, fenced } from './escape.ts';
import type { Block, Piece } from './fit.ts';
import { plural } from './words.ts';

type ManifestPlan = NonNullable<EnvironmentPlan['manifests']>[number];

const order = { delete: 0, update: 1, create: 2 } as const;

/** Changes of the manifests that ArgoCD reads from git: what goes, what changes with its lines, what comes. */
export function manifestBlocks(manifests: ManifestPlan[]): Block[] {
  if (manifests.length === 0) return [];
  const sorted = [...manifests].sort((a, b) => order[a.operation] - order[b.operation]);
  return [
    [
      '### Manifests for ArgoCD',
      '',
      `<details><summary>${plural(manifests.length, 'object')} of the manifests in git would change</summary>`,
      '',
    ],
    {
      open: [],
      pieces: sorted.flatMap(pieces),
      close: [''],
      missing: (count) => ['', `_${plural(count, 'more object')} left out here._`],
    },
    ['</details>', ''],
  ];
}

function pieces({ operation, module, object, diff }: ManifestPlan): Piece[] {
  const heading: Piece = {
    lines: [`- ${operation} ${code(object)} of ${code(module)}`],
    weight: operation === 'create' ? 46 : 34,
    kind: 'manifest',
  };
  const lines = operation === 'update' ? hunks(diff) : [];
  if (lines.length === 0) return [heading];
  const block = fenced(lines).map((line) => `  ${line}`);
  return [heading, { lines: ['', ...block, ''], weight: 55, kind: 'diff', below: heading }];
}

/** A unified diff without its header. */
export function hunks(diff: string): string[] {
  const lines = diff.trimEnd().split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@'));
  return first < 0 ? [] : lines.slice(first);
}
