import { redact } from './redact.ts';

/** What a commit of rendered manifests changes about one object; see automation/delivery/manifests.ts. */
export interface ManifestDiff {
  operation: 'create' | 'update' | 'delete';
  module: string;
  object: string;
  /** Unified diff of the file. */
  diff: string;
}

/**
 * Changes of the manifests that ArgoCD reads from git, as a fold of a pull request comment: the diff of every object
 * that changes, and the names of those that come and go. Cut to `limit` characters object by object, saying how many
 * were left out.
 */
export function manifestsMarkdown(changes: ManifestDiff[], limit: number): string {
  const title = `manifests for ArgoCD: ${changes.length} ${changes.length === 1 ? 'object changes' : 'objects change'}`;
  if (changes.length === 0) return '';
  const order = { delete: 0, update: 1, create: 2 };
  const sorted = [...changes].sort((a, b) => order[a.operation] - order[b.operation]);
  let room = limit - title.length - 200;
  const shown: string[] = [];
  for (const change of sorted) {
    const text = redact(entry(change));
    if (text.length + 1 > room) break;
    shown.push(text);
    room -= text.length + 1;
  }
  const left = sorted.length - shown.length;
  // Longer than any run of backticks within.
  const longest = Math.max(2, ...(shown.join('\n').match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [
    `<details><summary>${title}</summary>`,
    '',
    `${fence}diff`,
    ...shown,
    fence,
    ...(left > 0 ? [`${left} more objects: \`kubezero preview\` shows them`] : []),
    '',
    '</details>',
    '',
  ].join('\n');
}

const marks = { create: '+', update: '!', delete: '-' };

function entry({ operation, module, object, diff }: ManifestDiff): string {
  const head = `${marks[operation]} ${operation} ${module}: ${object}`;
  return operation === 'update' ? `${head}\n${hunks(diff).join('\n')}` : head;
}

/** A unified diff without its header. */
export function hunks(diff: string): string[] {
  const lines = diff.trimEnd().split('\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('@@')));
}
