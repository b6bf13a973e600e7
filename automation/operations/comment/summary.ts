import { appendFileSync, existsSync, statSync } from 'node:fs';

/** Most bytes that GitHub takes for the summary of one step; more, and the whole is lost. */
const summaryLimit = 1024 * 1024;

/**
 * Appends a text to the job summary (`GITHUB_STEP_SUMMARY`), where the pipeline has one: the first of the given texts that
 * fits, since half a document helps nobody.
 *
 * @param texts  from the most to the least complete
 * @returns whether one was written
 */
export function writeSummary(texts: string[], env: NodeJS.ProcessEnv): boolean {
  const file = env.GITHUB_STEP_SUMMARY;
  if (!file) return false;
  const present = existsSync(file) ? statSync(file).size : 0;
  const text = texts.find((candidate) => present + Buffer.byteLength(candidate) + 2 <= summaryLimit);
  if (text === undefined) return false;
  appendFileSync(file, `${text.trimEnd()}\n\n`);
  return true;
}
