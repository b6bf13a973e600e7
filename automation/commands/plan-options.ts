import type { Argv } from 'yargs';

export const formats = ['text', 'markdown', 'json'] as const;

/** Most characters of a comment on a pull request (GitHub takes 65,536, counted as it likes), with some to spare. */
export const commentLimit = 64_000;

/** Options of the commands that print a plan of an environment. */
export interface PlanOutputOptions {
  format?: (typeof formats)[number];
  /** Most characters of Markdown. */
  limit: number;
  /** File to write it to as Markdown, for a comment on a pull request. */
  markdown?: string;
  /** File to write it to as Markdown without leaving anything out. */
  full?: string;
}

/** Adds the options of {@link PlanOutputOptions}. */
export function withPlanOutput<T>(yargs: Argv<T>): Argv<T & PlanOutputOptions> {
  return yargs
    .option('format', {
      type: 'string',
      choices: formats,
      requiresArg: true,
      describe: 'what to print (default: text; with --json, json)',
    })
    .option('limit', {
      type: 'number',
      default: commentLimit,
      requiresArg: true,
      describe: 'most characters of Markdown; detail is left out from the least risky end',
    })
    .option('markdown', {
      type: 'string',
      requiresArg: true,
      describe: 'also write it to this file as Markdown, for a comment on a pull request',
    })
    .option('full', {
      type: 'string',
      requiresArg: true,
      describe: 'also write it to this file as Markdown, with nothing left out',
    })
    .check(({ limit }) => (Number.isInteger(limit) && limit > 0) || '--limit is a number of characters')
    .check(({ json, format }) => {
      // With --json nothing else is on stdout; a file may have it.
      if (!json || format === undefined || format === 'json') return true;
      return `--json and --format ${format} contradict each other`;
    }) as Argv<T & PlanOutputOptions>;
}
