import type { Git } from '../../../../automation/live/git.ts';
import { exitCode, UserError } from '../../../../errors/index.ts';
import type { Session } from './session.ts';

/** A clone and the branch of its remote. Files are what they hold, as one text. */
export interface GitState {
  files: Git['files'];
  /** What a file holds now; undefined where there is none. */
  content(file: string): string | undefined;
  committed: Map<string, string | undefined>;
  commits: string[];
  /** How many of the commits the remote has. */
  pushed: number;
  /** The remote has commits that the clone lacks. */
  behind?: boolean;
  problems: string[];
}

/** Git as one run has it. A commit and its push are two changes: a kill may come between them. */
export function gitOf(state: GitState, session: Session): Git {
  const { committed } = state;
  const isClean = (file: string) => committed.get(file) === state.content(file);
  const commit = (files: string[], message: string) =>
    session.change('git.commit', message, () => {
      for (const file of files) committed.set(file, state.content(file));
      state.commits.push(message);
    });
  const push = async () => {
    if (state.behind)
      throw new UserError('git push to origin/main failed: fetch first', { exitCode: exitCode.blocked });
    await session.change('git.push', 'origin/main', () => {
      state.pushed = state.commits.length;
    });
    return `c${state.commits.length}`;
  };
  return {
    files: state.files,
    problems: () => session.read('git.problems', () => state.problems),
    isCommitted: (file) => session.read('git.isCommitted', () => isClean(file)),
    isPushed: () =>
      session.read(
        'git.isPushed',
        () => isClean(state.files.application) && state.commits.length > 0 && state.pushed === state.commits.length,
      ),
    isTracked: (file) => session.read('git.isTracked', () => committed.get(file) !== undefined),
    async commitAndPush(files, message) {
      const changed = files.filter((file) => state.content(file) !== undefined && !isClean(file));
      if (changed.length > 0) await commit(changed, message);
      return push();
    },
    async commitDirectoryAndPush(directory, message) {
      if (!isClean(directory)) await commit([directory], message);
      return state.pushed === state.commits.length ? undefined : push();
    },
  };
}
