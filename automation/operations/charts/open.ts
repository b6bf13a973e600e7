import { join } from 'node:path';
import { type ChartStore, lockFileName, openCharts } from '../../../charts/index.ts';
import type { CommandContext } from '../../report/command-context.ts';

/**
 * Where a command that renders charts finds them: `--charts` before all, and in the cache only what is locked.
 * @throws UserError where a directory that was given isn't there
 */
export function chartsOf(
  { charts }: { charts?: string[] },
  { env, stacksDirectory }: Pick<CommandContext, 'env' | 'stacksDirectory'>,
): ChartStore {
  return openCharts({ given: charts, env, lockFile: join(stacksDirectory, lockFileName) });
}
