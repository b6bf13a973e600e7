import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Application,
  applicationsSynced,
  haveCommittedManifests,
} from '../../../automation/delivery/applications.ts';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';
import type { Environment } from '../../../environment/environment.ts';

type Status = NonNullable<Application['status']>;

let directory: string;
let environment: Environment;
let head: string;
/** Applications in the cluster, and what was patched, in order. */
let applications: Application[];
let patches: { name: string; body: Record<string, unknown> }[];
let controllerReplicas: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'applications-'));
  for (const module of ['istio', 'istio-ingress']) {
    mkdirSync(join(directory, 'stacks/demo/manifests', module), { recursive: true });
    writeFileSync(join(directory, 'stacks/demo/manifests', module, 'a.yaml'), 'a: 1\n');
  }
  const git = simpleGit({ baseDir: directory });
  await git.raw(['init', '--quiet', '--initial-branch=main']);
  await git.addConfig('user.name', 'test');
  await git.addConfig('user.email', 'test@localhost');
  await git.add('.');
  await git.commit('manifests');
  head = (await git.revparse(['HEAD'])).trim();
  environment = {
    name: 'demo',
    directory: join(directory, 'stacks'),
    git: { remote: 'origin', branch: 'main' },
  } as Environment;
  patches = [];
  controllerReplicas = 1;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function application(name: string, status?: Status): Application {
  return { metadata: { name, namespace: 'argocd' }, status };
}

const status = (sync: string, revision: string, rest: Status = {}): Status => ({
  sync: { status: sync, revision },
  ...rest,
});
const succeeded = { phase: 'Succeeded' };

function cluster(): Cluster {
  const none = async () => ({ items: [] });
  const controller = {
    metadata: { name: 'argocd-application-controller', namespace: 'argocd' },
    spec: { replicas: 1 },
    status: { updatedReplicas: controllerReplicas, readyReplicas: controllerReplicas },
  };
  return {
    custom: {
      listNamespacedCustomObject: async () => ({ items: applications }),
      patchNamespacedCustomObject: async ({ name, body }: { name: string; body: Record<string, unknown> }) => {
        patches.push({ name, body });
      },
    },
    apps: {
      listDeploymentForAllNamespaces: none,
      listDaemonSetForAllNamespaces: none,
      listStatefulSetForAllNamespaces: async () => ({ items: [controller] }),
    },
    core: { listNamespacedPod: none },
  } as unknown as Cluster;
}

function gate() {
  const namespaces = { istio: 'istio-system', 'istio-ingress': 'istio-ingress' };
  const modules = ['istio', 'istio-ingress'] as const;
  return applicationsSynced({
    environment,
    cluster: cluster(),
    namespace: 'argocd',
    namespaces,
    modules: [...modules],
  });
}

const reasons = async () => Object.fromEntries((await gate().check()).map(({ object, reason }) => [object, reason]));

describe('Applications on their way to Synced and Healthy', () => {
  it('have arrived when they are, with the manifests that are committed', async () => {
    const done = status('Synced', head, { health: { status: 'Healthy' }, operationState: succeeded });
    applications = [application('istio', done), application('istio-ingress', done)];
    expect(await gate().check()).toEqual([]);
    expect(patches).toEqual([]);
    const modules = ['istio' as const];
    expect(await haveCommittedManifests({ environment, cluster: cluster(), namespace: 'argocd', modules })).toBe(true);
  });

  it('are asked to look at the branch again while they report another revision', async () => {
    const old = status('Synced', 'f'.repeat(40), { health: { status: 'Healthy' } });
    applications = [application('istio', old), application('istio-ingress', old)];
    expect((await reasons())['Application argocd/istio']).toMatch(/hasn’t read the committed manifests/);
    expect(patches.map(({ name, body }) => [name, body.metadata])).toEqual(
      ['istio', 'istio-ingress'].map((name) => [name, { annotations: { 'argocd.argoproj.io/refresh': 'normal' } }]),
    );
  });

  it('are synced, pruning, in the order of their modules where it is the first time', async () => {
    const first = status('OutOfSync', head);
    applications = [application('istio', first), application('istio-ingress', first)];
    expect(await reasons()).toEqual({
      'Application argocd/istio': 'sync started',
      'Application argocd/istio-ingress': 'waits for Application istio',
    });
    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({ name: 'istio', body: { operation: { sync: { prune: true } } } });
  });

  it('are synced together later on: an object may be on its way from one to the other', async () => {
    const later = status('OutOfSync', head, { operationState: succeeded });
    applications = [application('istio', later), application('istio-ingress', later)];
    await gate().check();
    expect(patches.map(({ name }) => name)).toEqual(['istio', 'istio-ingress']);
  });

  it('aren’t touched before ArgoCD’s controller has come up as it is to be', async () => {
    controllerReplicas = 0;
    applications = [application('istio', status('OutOfSync', head))];
    expect(Object.keys(await reasons())).toEqual(['StatefulSet argocd/argocd-application-controller']);
    expect(patches).toEqual([]);
  });

  it('are waited for while ArgoCD is at it, and say why they can’t be read', async () => {
    const running = { operationState: { phase: 'Running', message: 'waiting for healthy state\nof a' } };
    const broken = { conditions: [{ type: 'ComparisonError', message: 'app path does not exist' }] };
    applications = [
      application('istio', status('OutOfSync', head, running)),
      application('istio-ingress', status('Unknown', '', broken)),
    ];
    expect(await reasons()).toEqual({
      'Application argocd/istio': 'syncing: waiting for healthy state',
      'Application argocd/istio-ingress': 'app path does not exist',
    });
  });

  it('are synced once, then given time, not again with every look', async () => {
    applications = [application('istio', status('OutOfSync', head, { operationState: succeeded }))];
    const same = gate();
    await same.check();
    await same.check();
    expect(patches).toHaveLength(1);
  });
});
