import { basename, join } from 'node:path';
import type { Environment } from '../../environment/environment.ts';
import { layers } from '../../environment/outputs.ts';
import { stackName } from '../engine/configuration.ts';

/**
 * Commit that an environment's files are of; with "+" where they have changes that aren't committed.
 * @returns undefined where the environment is in no git repository, or nothing is committed yet.
 */
export async function commitOf({ directory, name }: Environment): Promise<string | undefined> {
  try {
    const { simpleGit } = await import('simple-git');
    const git = simpleGit({ baseDir: directory });
    const files = [name, ...layers.map((layer) => `Pulumi.${stackName(name, layer)}.yaml`)];
    const [commit, changed] = await Promise.all([
      git.revparse(['HEAD']),
      git.raw(['status', '--porcelain', '--', ...files.map((file) => join(directory, basename(file)))]),
    ]);
    return `${commit.trim()}${changed.trim() ? '+' : ''}`;
  } catch {
    return undefined;
  }
}
