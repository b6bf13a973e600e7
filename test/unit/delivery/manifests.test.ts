import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { committedManifests } from '../../../automation/delivery/committed-manifests.ts';
import {
  describeManifests,
  manifestChanges,
  manifestsOf,
  writeManifests,
} from '../../../automation/delivery/manifests.ts';
import { movedObjects } from '../../../automation/delivery/moves.ts';
import { commitDirectoryAndPush } from '../../../automation/live/git.ts';
import type { Environment } from '../../../environment/environment.ts';
import { dashboardsConfigMap } from '../../../modules/dashboards/index.ts';
import { manifestFiles } from '../../../modules/delivery/index.ts';
import type { ManifestFile } from '../../../stacks/delivery.ts';

let directory: string;
let environment: Environment;
const git = () => simpleGit({ baseDir: join(directory, 'work') });
const remote = () => simpleGit(join(directory, 'remote.git'));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'manifests-'));
  const stacks = join(directory, 'work', 'stacks');
  mkdirSync(join(stacks, 'demo'), { recursive: true });
  writeFileSync(join(stacks, 'demo', 'application.yaml'), 'release: 1.21\n');
  await simpleGit().raw(['init', '--quiet', '--bare', '--initial-branch=main', join(directory, 'remote.git')]);
  await git().raw(['init', '--quiet', '--initial-branch=main']);
  await git().addConfig('user.name', 'test');
  await git().addConfig('user.email', 'test@localhost');
  await git().add('.');
  await git().commit('start');
  await git().addRemote('origin', join(directory, 'remote.git'));
  await git().push('origin', 'main');
  environment = { name: 'demo', directory: stacks, git: { remote: 'origin', branch: 'main' } } as Environment;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function manifest(module: string, name: string, text: string): ManifestFile {
  const path = `manifests/${module}/Deployment.istio-ingress.${name}.yaml`;
  return { module: module as never, path, object: `Deployment/istio-ingress/${name}`, text };
}

async function publish(files: ManifestFile[]) {
  await writeManifests(environment, files);
  const context = { environment, workingTree: environment.directory };
  return commitDirectoryAndPush(context, manifestsOf(environment), 'manifests');
}

const public1 = manifest('istio-ingress', 'public', 'replicas: 1\n');
const public2 = manifest('istio-ingress', 'public', 'replicas: 2\n');
const privateOld = manifest('istio-ingress', 'private', 'replicas: 1\n');
const privateNew = manifest('istio-private-ingress', 'private', 'replicas: 2\n');

describe('rendered manifests in git', () => {
  it('are all new at first, and none is once they are pushed', async () => {
    expect(describeManifests(await manifestChanges(environment, [public1, privateOld]))).toBe('2 to create');
    expect(await publish([public1, privateOld])).toMatch(/^[0-9a-f]{7,}$/);
    expect(await manifestChanges(environment, [public1, privateOld])).toEqual([]);
    expect(await remote().show(['main:stacks/demo/manifests/istio-ingress/Deployment.istio-ingress.public.yaml'])).toBe(
      'replicas: 1\n',
    );
  });

  it('are compared with what is committed, object by object, as a diff', async () => {
    await publish([public1, privateOld]);
    // What lies about in the working tree doesn't count.
    await writeManifests(environment, [public2]);
    const changes = await manifestChanges(environment, [public2]);
    expect(changes.map(({ operation, module, object }) => [operation, module, object])).toEqual([
      ['update', 'istio-ingress', 'Deployment/istio-ingress/public'],
      ['delete', 'istio-ingress', 'Deployment.istio-ingress.private'],
    ]);
    expect(changes[0]?.diff).toContain('-replicas: 1\n+replicas: 2\n');
  });

  it('show what changes in a packed dashboard, panel by panel', async () => {
    const packed = (expr: string) => {
      const targets = [{ refId: 'A', expr }];
      const dashboards = () => ({ load: { title: 'Load', panels: [{ title: 'Pods', targets }] } as never });
      return dashboardsConfigMap({ name: 'load', namespace: 'monitoring', labels: {}, dashboards });
    };
    await publish(manifestFiles('metrics', [packed('node_load1')]));
    const [change] = await manifestChanges(environment, manifestFiles('metrics', [packed('node_load5')]));
    expect(change?.diff).toMatch(/- {2,}"expr": "node_load1"\n\+ {2,}"expr": "node_load5"\n/);
    expect(change?.diff).not.toContain('H4sI');
  });

  it('are committed with those that are gone, and with nothing else of the working tree', async () => {
    await publish([public1, privateOld]);
    writeFileSync(join(environment.directory, 'demo/application.yaml'), 'release: 1.22\n');
    await publish([public2]);
    const files = await remote().raw(['ls-tree', '-r', '--name-only', 'main']);
    expect(files).not.toContain('private');
    expect(await remote().show(['main:stacks/demo/application.yaml'])).toBe('release: 1.21\n');
  });

  it('are pushed once: the second time there is nothing to do', async () => {
    await publish([public1]);
    expect(await publish([public1])).toBeUndefined();
  });

  it('are pushed by the next run where one was killed between commit and push', async () => {
    await writeManifests(environment, [public1]);
    await git().add('.');
    await git().commit('manifests');
    expect(await publish([public1])).toMatch(/^[0-9a-f]{7,}$/);
  });

  it('say what happened where the remote has commits that this clone lacks', async () => {
    const other = join(directory, 'other');
    await simpleGit().clone(join(directory, 'remote.git'), other);
    writeFileSync(join(other, 'a'), 'a');
    const theirs = simpleGit(other);
    await theirs.addConfig('user.name', 'other');
    await theirs.addConfig('user.email', 'other@localhost');
    await theirs.add('.');
    await theirs.commit('theirs');
    await theirs.push('origin', 'main');
    await expect(publish([public1])).rejects.toMatchObject({
      state: expect.stringContaining('nothing in the cluster was changed'),
      fix: expect.stringContaining('git pull --rebase'),
    });
  });

  it('tell which objects move from one Application to another', async () => {
    await publish([public1, privateOld]);
    const moved = movedObjects(await manifestChanges(environment, [public2, privateNew]));
    expect(moved.map(({ module, path, before }) => ({ module, path, before }))).toEqual([
      { module: 'istio-ingress', path: privateOld.path, before: 'replicas: 1\n' },
    ]);
  });

  it('tell whether a revision that ArgoCD reports has the same manifests of a module', async () => {
    const first = await publish([public1, privateNew]);
    const second = await publish([public2, privateNew]);
    const committed = committedManifests(environment);
    expect(await committed.sameAt('istio-private-ingress', first!)).toBe(true);
    expect(await committed.sameAt('istio-ingress', first!)).toBe(false);
    expect(await committed.sameAt('istio-ingress', second!)).toBe(true);
    expect(await committed.sameAt('istio-ingress', 'f'.repeat(40))).toBe(false);
    expect(await committed.sameAt('metrics', second!)).toBe(false);
  });
});
