import { type EnsureOptions, ensureTools, type Tools } from './ensure.ts';
import { liveProgress, plainProgress } from './progress.ts';
import type { ToolGroup } from './tool.ts';

/**
 * `ensureTools` for commands: shows on a terminal a live task list, elsewhere plain lines (at least one every 15
 * seconds), and nothing at all when every tool is there.
 *
 * @param view  `print` is given plain lines; for commands whose stdout is for machines let it write to stderr
 */
export async function provideTools(
  groups: readonly ToolGroup[],
  view: { tty: boolean; print: (line: string) => void },
  options: Omit<EnsureOptions, 'onProgress'> = {},
): Promise<Tools> {
  const progress = view.tty ? await liveProgress() : plainProgress(view.print);
  try {
    return await ensureTools(groups, { ...options, onProgress: progress.onProgress });
  } finally {
    await progress.end();
  }
}
