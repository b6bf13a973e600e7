import { commentLimit, formats } from '../../operations/plan-output-options.ts';

/** Options of the commands that print a plan of an environment. */
export const planOutputOptions = {
  format: {
    type: 'string',
    choices: formats,
    requiresArg: true,
    describe: 'what to print (default: text; with --json, json)',
  },
  limit: {
    type: 'number',
    default: commentLimit as number,
    requiresArg: true,
    describe: 'most characters of Markdown; detail is left out from the least risky end',
  },
  markdown: {
    type: 'string',
    requiresArg: true,
    describe: 'also write it to this file as Markdown, for a comment on a pull request',
  },
  full: {
    type: 'string',
    requiresArg: true,
    describe: 'also write it to this file as Markdown, with nothing left out',
  },
} as const;

/** Whether {@link planOutputOptions} make sense together; else what is wrong. */
export function planOutputAgrees({ json, format, limit }: { json: boolean; format?: string; limit: number }) {
  if (!Number.isInteger(limit) || limit <= 0) return '--limit is a number of characters';
  // With --json nothing else is on stdout; a file may have it.
  if (!json || format === undefined || format === 'json') return true;
  return `--json and --format ${format} contradict each other`;
}
