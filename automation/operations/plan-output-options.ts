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
