import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { simpleGit } from 'simple-git';
import { parseDocument } from 'yaml';
import { lockFileName } from '../../../charts/index.ts';
import type { Environment } from '../../../environment/environment.ts';
import { copyProjectFile } from '../../../repository/project-file.ts';
import { repositoryRoot } from '../../../repository/root.ts';

/** The working tree a rehearsal's commands run in: a clone of its own, with a local bare repository as its remote. */
export interface Workspace {
  /** Environments directory (`--stacks`). */
  stacks: string;
  root: string;
  remote: string;
}

/**
 * Copies one environment, with the Pulumi project file, into a new git repository whose remote is a bare repository
 * beside it, so that the rehearsal commits and pushes as the real upgrade does, and the user's own files stay untouched.
 */
export async function createWorkspace(environment: Environment, directory: string): Promise<Workspace> {
  const { remote: remoteName, branch } = environment.git;
  const [root, remote] = [join(directory, 'work'), join(directory, 'remote.git')];
  const stacks = join(root, 'stacks');
  mkdirSync(stacks, { recursive: true });
  cpSync(join(environment.directory, environment.name), join(stacks, environment.name), { recursive: true });
  if (environment.delivery === 'argocd') readFrom(remote, join(stacks, environment.name, 'environment.yaml'));
  const lock = join(environment.directory, lockFileName);
  if (existsSync(lock)) cpSync(lock, join(stacks, lockFileName));
  // Environments may lie anywhere, away from a project file of their own.
  const project = [dirname(environment.directory), repositoryRoot].map((place) => join(place, 'Pulumi.yaml'));
  copyProjectFile(project.find((file) => existsSync(file))!, join(root, 'Pulumi.yaml'));
  await simpleGit().raw(['init', '--quiet', '--bare', `--initial-branch=${branch}`, remote]);
  const git = simpleGit({ baseDir: root });
  await git.raw(['init', '--quiet', `--initial-branch=${branch}`]);
  await git.addConfig('user.name', 'rehearsal');
  await git.addConfig('user.email', 'rehearsal@localhost');
  await git.addConfig('commit.gpgsign', 'false');
  await git.add('.');
  await git.commit(`Environment ${environment.name}`);
  await git.addRemote(remoteName, remote);
  await git.push(remoteName, `HEAD:${branch}`);
  return { stacks, root, remote };
}

/** Where ArgoCD delivers the modules, the sandbox's reads them from the copy's remote, too. */
function readFrom(remote: string, file: string): void {
  const environment = parseDocument(readFileSync(file, 'utf8'));
  environment.setIn(['git', 'repoURL'], `file://${remote}`);
  writeFileSync(file, environment.toString());
}

/** Whether the remote has the environment's application.yaml as it is in the working tree. */
export async function isPushed(
  { remote, root }: Workspace,
  { name, git }: Pick<Environment, 'name' | 'git'>,
): Promise<boolean> {
  const file = `stacks/${name}/application.yaml`;
  const pushed = await simpleGit(remote).show([`${git.branch}:${file}`]);
  return pushed === readFileSync(join(root, file), 'utf8');
}
