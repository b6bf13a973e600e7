import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../errors/index.ts';
import { cacheDirectory } from '../toolchain/index.ts';

/** Where charts that were pulled are kept: `charts` in `KUBEZERO_CACHE`, else in `~/.cache/kubezero`. */
export function chartCache(): string {
  return join(cacheDirectory(), 'charts');
}

/**
 * Directories of charts that were given, `KUBEZERO_CHARTS` (separated by `:`): they win over the cache and over the lock.
 * @throws UserError when one isn't there: a misspelled directory must not end in other charts being used unnoticed.
 */
export function givenDirectories(): string[] {
  const directories = (process.env.KUBEZERO_CHARTS ?? '').split(delimiter).filter(Boolean);
  return directories.map((directory) => {
    const path = resolve(directory);
    if (existsSync(path)) return path;
    throw new UserError('A directory of charts that was given is not there.', {
      where: path,
      fix: 'Correct --charts or KUBEZERO_CHARTS.',
      state: 'Nothing was changed.',
    });
  });
}

/** Puts directories before those that `KUBEZERO_CHARTS` names, for this process and what it starts (`--charts`). */
export function useCharts(directories: readonly string[]): void {
  const known = (process.env.KUBEZERO_CHARTS ?? '').split(delimiter).filter(Boolean);
  const added = directories.map((directory) => resolve(directory));
  process.env.KUBEZERO_CHARTS = [...new Set([...added, ...known])].join(delimiter);
  givenDirectories();
}
