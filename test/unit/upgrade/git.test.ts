import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkGit,
  commitAndPush,
  commitDirectoryAndPush,
  filesOf,
  isPushed,
  isTracked,
} from '../../../automation/live/git.ts';
import type { UpgradeContext } from '../../../automation/upgrade/context.ts';

let directory: string;
let context: UpgradeContext;
const git = () => simpleGit({ baseDir: join(directory, 'work') });
const remoteFile = (file: string) => simpleGit(join(directory, 'remote.git')).show([`main:${file}`]);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'git-'));
  const stacks = join(directory, 'work', 'stacks');
  mkdirSync(join(stacks, 'demo'), { recursive: true });
  writeFileSync(join(stacks, 'demo', 'application.yaml'), 'release: 1.21\n');
  writeFileSync(join(directory, 'work', 'notes.txt'), 'mine\n');
  await simpleGit().raw(['init', '--quiet', '--bare', '--initial-branch=main', join(directory, 'remote.git')]);
  await git().raw(['init', '--quiet', '--initial-branch=main']);
  await git().addConfig('user.name', 'test');
  await git().addConfig('user.email', 'test@localhost');
  await git().add('.');
  await git().commit('start');
  await git().addRemote('origin', join(directory, 'remote.git'));
  await git().push('origin', 'main');
  const environment = { name: 'demo', git: { remote: 'origin', branch: 'main' } };
  context = { environment, workingTree: stacks } as unknown as UpgradeContext;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function migrate(): string[] {
  const { application, configuration } = filesOf(context);
  writeFileSync(application, 'release: 1.22\n');
  writeFileSync(configuration.modules, 'config: {}\n');
  return [application, ...Object.values(configuration)];
}

describe('the gitops step’s commit', () => {
  it('brings application.yaml and the stacks’ configuration to the remote, and nothing else of the working tree', async () => {
    const files = migrate();
    writeFileSync(join(directory, 'work', 'notes.txt'), 'half-done\n');
    expect(await isPushed(context)).toBe(false);
    await commitAndPush(context, files, 'Upgrade demo');
    expect(await isPushed(context)).toBe(true);
    expect(await remoteFile('stacks/demo/application.yaml')).toBe('release: 1.22\n');
    expect(await remoteFile('stacks/Pulumi.demo-modules.yaml')).toBe('config: {}\n');
    expect(await remoteFile('notes.txt')).toBe('mine\n');
  });

  it('goes on after a kill between commit and push', async () => {
    const files = migrate();
    await git().add(files.slice(0, 1));
    await git().commit('Upgrade demo');
    expect(await isPushed(context)).toBe(false);
    await commitAndPush(context, files, 'Upgrade demo');
    expect(await isPushed(context)).toBe(true);
  });

  it('says what to do when the remote has commits this clone lacks', async () => {
    const other = join(directory, 'other');
    await simpleGit().clone(join(directory, 'remote.git'), other);
    await simpleGit(other).addConfig('user.name', 'other').addConfig('user.email', 'other@localhost');
    writeFileSync(join(other, 'new.txt'), 'x');
    await simpleGit(other).add('.').commit('meanwhile').push('origin', 'main');
    const failure = await commitAndPush(context, migrate(), 'Upgrade demo').catch((error) => error);
    expect(failure.message).toContain('git push to origin/main failed');
    expect(failure.fix).toContain('git pull --rebase origin main');
  });
});

describe('the values of the old release', () => {
  const previous = () => join(context.workingTree, 'demo', 'application.previous.yaml');

  it('go from the remote, too, where a pull request brought them', async () => {
    writeFileSync(previous(), 'release: 1.21\n');
    await git().add('.').commit('Migrate demo').push('origin', 'main');
    rmSync(previous());
    expect(await isTracked(context, previous())).toBe(true);
    await commitDirectoryAndPush(context, previous(), 'Let the old values go');
    expect(await isTracked(context, previous())).toBe(false);
    await expect(remoteFile('stacks/demo/application.previous.yaml')).rejects.toThrow();
    expect(await remoteFile('stacks/demo/application.yaml')).toBe('release: 1.21\n');
  });

  it('are no commit where they were never in git', async () => {
    writeFileSync(previous(), 'release: 1.21\n');
    expect(await isTracked(context, previous())).toBe(false);
  });
});

describe('before the upgrade starts', () => {
  it('a missing remote is reported, not found out at the last step', async () => {
    await git().removeRemote('origin');
    expect(await checkGit(context)).toEqual([
      'the git repository of demo has no remote "origin" to push application.yaml to',
    ]);
  });

  it('so is another branch', async () => {
    await git().checkoutLocalBranch('feature');
    expect(await checkGit(context)).toEqual(['the git branch is feature, not main (environment.yaml: git.branch)']);
  });
});
