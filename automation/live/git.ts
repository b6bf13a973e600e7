import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import type { Environment } from '../../environment/environment.ts';
import { type Layer, layers } from '../../environment/outputs.ts';
import { exitCode, UserError } from '../../errors/index.ts';

/** Which files of an environment are looked at, and where. */
export interface GitContext {
  environment: Environment;
  /** Directory inside the git working tree that application.yaml is committed in: the environments directory. */
  workingTree: string;
}

/** Git repository that an environment's files live in. */
export async function repository({
  workingTree,
}: Pick<GitContext, 'workingTree'>): Promise<{ git: SimpleGit; root: string }> {
  const git = simpleGit({ baseDir: workingTree });
  const root = (await git.revparse(['--show-toplevel'])).trim();
  return { git: simpleGit({ baseDir: root }), root };
}

/** What would keep the gitops step from committing and pushing; empty when nothing would. */
export async function checkGit(context: GitContext): Promise<string[]> {
  const { environment, workingTree } = context;
  try {
    const { git } = await repository(context);
    const remotes = await git.getRemotes();
    if (!remotes.some(({ name }) => name === environment.git.remote))
      return [
        `the git repository of ${environment.name} has no remote "${environment.git.remote}" to push application.yaml to`,
      ];
    const branch = (await git.revparse(['--abbrev-ref', 'HEAD'])).trim();
    if (branch !== environment.git.branch)
      return [`the git branch is ${branch}, not ${environment.git.branch} (environment.yaml: git.branch)`];
    return [];
  } catch (error) {
    return [`${workingTree} is not in a git repository: ${(error as Error).message.trim().split('\n')[0]}`];
  }
}

/** Files of the environment that belong into git. */
export interface EnvironmentFiles {
  application: string;
  /** Pulumi configuration of each layer's stack. */
  configuration: Record<Layer, string>;
}

/** Where an environment's files are in its working tree, as absolute paths. */
export function filesOf({ environment: { name }, workingTree }: GitContext): EnvironmentFiles {
  const configuration = Object.fromEntries(
    layers.map((layer) => [layer, join(workingTree, `Pulumi.${name}-${layer}.yaml`)]),
  );
  return {
    application: join(workingTree, name, 'application.yaml'),
    configuration: configuration as Record<Layer, string>,
  };
}

/** Whether a file is committed as it is. */
export async function isCommitted(context: GitContext, file: string): Promise<boolean> {
  const { git } = await repository(context);
  return (await git.status([file])).isClean();
}

/** Whether application.yaml is committed as it is and the remote branch has that commit. */
export async function isPushed(context: GitContext): Promise<boolean> {
  const { git } = await repository(context);
  const { application } = filesOf(context);
  if (!(await isCommitted(context, application))) return false;
  const { remote, branch } = context.environment.git;
  const last = (await git.log({ file: application, maxCount: 1 })).latest?.hash;
  if (!last) return false;
  await git.fetch(remote, branch);
  return (await git.raw(['branch', '--remotes', '--contains', last, `${remote}/${branch}`])).trim() !== '';
}

/**
 * Commits those of the files that are new or changed, and pushes.
 * @returns the commit pushed, short.
 * @throws UserError when the remote refuses, e.g. because it has commits this clone lacks.
 */
export async function commitAndPush(context: GitContext, files: string[], message: string): Promise<string> {
  const { git, root } = await repository(context);
  const existing = files.map((file) => relative(root, file)).filter((file) => existsSync(join(root, file)));
  const changed = await git.raw(['ls-files', '--others', '--modified', '--exclude-standard', '--', ...existing]);
  const toCommit = [...new Set(changed.split('\n').filter(Boolean))];
  if (toCommit.length > 0) {
    await git.add(toCommit);
    await git.commit(message, toCommit);
  }
  return push(
    git,
    context,
    'application.yaml is committed locally; the cluster is serving, modules not yet named in this run are at the old release',
  );
}

/** Whether git has a file, be it still in the working tree or not. */
export async function isTracked(context: GitContext, file: string): Promise<boolean> {
  const { git, root } = await repository(context);
  return (await git.raw(['ls-files', '--', relative(root, file)])).trim() !== '';
}

/**
 * Commits a directory or a file as it is, what is gone included, and pushes where the remote branch doesn't have it yet.
 * @param state  what the cluster's state is, for the error where the push is refused
 * @returns the commit pushed, short; undefined where there was nothing to push.
 * @throws UserError when the remote refuses.
 */
export async function commitDirectoryAndPush(
  context: GitContext,
  directory: string,
  message: string,
  state = 'rendered manifests are committed locally; nothing in the cluster was changed',
): Promise<string | undefined> {
  const { git, root } = await repository(context);
  const { remote, branch } = context.environment.git;
  const path = relative(root, directory);
  const { files } = await git.status(['--untracked-files=all', '--', path]);
  if (files.length > 0) {
    await git.raw(['add', '--all', '--', path]);
    await git.raw(['commit', '--quiet', '--message', message, '--', path]);
  }
  await git.fetch(remote, branch);
  const unpushed = await git.raw(['log', '--format=%h', `${remote}/${branch}..HEAD`, '--', path]);
  if (!unpushed.trim()) return undefined;
  return push(git, context, state);
}

/** The git of an environment's files, as an upgrade has it. */
export interface Git {
  /** See {@link EnvironmentFiles}. */
  files: EnvironmentFiles;
  /** See {@link checkGit}. */
  problems(): Promise<string[]>;
  isCommitted(file: string): Promise<boolean>;
  /** See {@link isPushed}. */
  isPushed(): Promise<boolean>;
  isTracked(file: string): Promise<boolean>;
  /** See {@link commitAndPush}. */
  commitAndPush(files: string[], message: string): Promise<string>;
  /** See {@link commitDirectoryAndPush}. */
  commitDirectoryAndPush(directory: string, message: string, state?: string): Promise<string | undefined>;
}

/** Nothing is asked or changed yet. */
export function openGit(context: GitContext): Git {
  return {
    files: filesOf(context),
    problems: () => checkGit(context),
    isCommitted: (file) => isCommitted(context, file),
    isPushed: () => isPushed(context),
    isTracked: (file) => isTracked(context, file),
    commitAndPush: (files, message) => commitAndPush(context, files, message),
    commitDirectoryAndPush: (directory, message, state) => commitDirectoryAndPush(context, directory, message, state),
  };
}

async function push(git: SimpleGit, { environment }: GitContext, state: string): Promise<string> {
  const { remote, branch } = environment.git;
  try {
    await git.push(remote, `HEAD:${branch}`);
  } catch (cause) {
    throw new UserError(`git push to ${remote}/${branch} failed: ${(cause as Error).message.trim()}`, {
      where: `git remote ${remote}`,
      state,
      fix: `git pull --rebase ${remote} ${branch}, then run the same command again`,
      exitCode: exitCode.blocked,
      cause,
    });
  }
  return (await git.revparse(['--short', 'HEAD'])).trim();
}
