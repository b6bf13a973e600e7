import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { find } from '../../automation/live/kubernetes/client.ts';
import type { Delivery, GitSource, ManifestFile } from '../../modules/delivery/index.ts';
import { Argocd } from './argocd.ts';
import { ModulesCluster, type OwnedObject } from './modules-cluster.ts';

const values = {
  addons: { enabled: true, fuseDevicePlugin: { enabled: true } },
  istio: { enabled: true },
  // Without the adapter, whose API nobody answers here.
  metrics: { enabled: true, 'prometheus-adapter': { enabled: false } },
  argocd: { enabled: true },
};

describe('an environment that changes hands between Pulumi and ArgoCD', () => {
  let cluster: ModulesCluster;
  let argocd: Argocd;
  let binary: string;
  let repository: string;
  let objects: KubernetesObjectApi;
  /** Objects of the cluster when the stack delivered them, by what they are. */
  let before: Map<string, string>;
  let manifests: ManifestFile[] = [];

  beforeAll(async () => {
    binary = await Argocd.binary();
    cluster = await ModulesCluster.start('1.22', 'stand-ins');
    cluster.values['1.22'] = structuredClone(values);
    const config = new KubeConfig();
    config.loadFromFile(cluster.api.kubeconfig);
    objects = KubernetesObjectApi.makeApiClient(config);
    repository = join(cluster.api.directory, 'repository');
    mkdirSync(repository);
    const git = simpleGit({ baseDir: repository });
    await git.raw(['init', '--quiet', '--initial-branch=main']);
    await git.addConfig('user.name', 'test');
    await git.addConfig('user.email', 'test@localhost');
  });
  afterAll(async () => {
    argocd?.stop();
    await cluster?.stop();
  });

  function source(): GitSource {
    return { repoURL: `file://${repository}`, revision: 'main', path: 'manifests' };
  }
  const up = (by: Delivery, until?: (change: string) => boolean) =>
    cluster.up(
      { release: '1.22', delivery: { by, source: source(), onManifests: (files) => (manifests = files) } },
      until,
    );
  const phases = async () => (await cluster.state()).outputs.delivery;
  const describeObject = ({ kind, namespace, name }: OwnedObject) => [kind, namespace, name].filter(Boolean).join(' ');

  /** Commits what the last update wanted ArgoCD to find. */
  async function commit() {
    rmSync(join(repository, 'manifests'), { recursive: true, force: true });
    for (const { path, text } of manifests) {
      mkdirSync(join(repository, dirname(path)), { recursive: true });
      writeFileSync(join(repository, path), text);
    }
    const git = simpleGit({ baseDir: repository });
    await git.add('.');
    await git.commit('manifests', { '--allow-empty': null });
  }

  async function uids(owned: OwnedObject[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { apiVersion, kind, name, namespace } of owned) {
      const live = await find(objects.read({ apiVersion, kind, metadata: { name, namespace: namespace ?? '' } }));
      found.set(describeObject({ apiVersion, kind, name, namespace, uid: '' }), live?.metadata?.uid ?? 'gone');
    }
    return found;
  }
  let owned: OwnedObject[];
  const expectUntouched = async () => expect(await uids(owned)).toEqual(before);

  it('is the stack’s at first', async () => {
    await up('pulumi');
    owned = (await cluster.state()).objects;
    before = new Map(owned.map((object) => [describeObject(object), object.uid]));
    expect(owned.length).toBeGreaterThan(100);
    expect(await phases()).toEqual({ addons: 'pulumi', istio: 'pulumi', metrics: 'pulumi', argocd: 'pulumi' });
    argocd = await Argocd.start(cluster.api, binary);
  });

  it('survives an interruption of the update that hands over: nothing is taken for handed over', async () => {
    const changes = await up('argocd', (change) => change.startsWith('update ConfigMap/argocd/argocd-cm'));
    expect(changes.filter((change) => change.startsWith('delete'))).toEqual([]);
    expect((await phases())?.metrics).toBe('pulumi');
    await expectUntouched();
  });

  it('gets Applications while the stack still has the objects', async () => {
    const changes = await up('argocd');
    expect(changes.filter((change) => change.startsWith('delete'))).toEqual([]);
    expect(changes).toContain('create Application/argocd/metrics');
    expect(await phases()).toEqual({
      addons: 'handing-over',
      istio: 'handing-over',
      metrics: 'handing-over',
      argocd: 'pulumi',
    });
    await commit();
    await expectUntouched();
  });

  it('has them adopted by ArgoCD, whose first sync deletes nothing', async () => {
    for (const id of ['addons', 'istio', 'metrics']) await argocd.sync(id);
    await expectUntouched();
  });

  it('leaves the stack with the second update, without a single object deleted', async () => {
    const changes = await up('argocd');
    expect(changes).toContain('delete Deployment/istio-system/istiod');
    expect(await phases()).toEqual({ addons: 'argocd', istio: 'argocd', metrics: 'argocd', argocd: 'pulumi' });
    await expectUntouched();
    const left = (await cluster.state()).objects.map(describeObject);
    // Namespaces, CRDs, what can't be in git or can't be changed in place, and what ArgoCD stands on.
    expect(left).toEqual(
      expect.arrayContaining([
        'Namespace monitoring',
        'CustomResourceDefinition prometheuses.monitoring.coreos.com',
        'RuntimeClass crio',
        'Job monitoring metrics-kube-prometheus-st-admission-create',
        'StatefulSet argocd argocd-application-controller',
        'Application argocd metrics',
      ]),
    );
    expect(left.filter((object) => /^(Deployment|DaemonSet) (istio|monitoring|kube-system)/.test(object))).toEqual([]);
  });

  it('has nothing left to change', async () => {
    expect(await up('argocd')).toEqual([]);
  });

  it('puts no Secret into git, and each object into a file of its own', () => {
    const files = readdirSync(join(repository, 'manifests/metrics'));
    expect(files).toContain('Deployment.monitoring.metrics-kube-prometheus-st-operator.yaml');
    expect(manifests.filter(({ object }) => object.startsWith('Secret'))).toEqual([]);
  });

  it('follows a change by a commit and a sync, and prunes what the commit took away', async () => {
    const plugin = () => cluster.api.call('GET', '/apis/apps/v1/namespaces/kube-system/daemonsets/fuse-device-plugin');
    const enable = async (enabled: boolean) => {
      cluster.values['1.22']!.addons = { enabled: true, fuseDevicePlugin: { enabled } };
      await up('argocd');
      await commit();
      await argocd.sync('addons');
    };
    expect(await plugin()).toBeDefined();
    await enable(false);
    expect(await plugin()).toBeUndefined();
    await enable(true);
    expect(await plugin()).toBeDefined();
    owned = owned.filter(({ name }) => name !== 'fuse-device-plugin');
    before.delete('DaemonSet kube-system fuse-device-plugin');
    await expectUntouched();
  });

  it('loses a module that is turned off with all its objects but namespace, CRDs and data', async () => {
    (cluster.values['1.22']!.istio as { enabled: boolean }).enabled = false;
    expect((await up('argocd')).some((change) => change.startsWith('update Application/argocd/istio'))).toBe(true);
    expect((await phases())?.istio).toBe('removing');
    await up('argocd');
    expect((await phases())?.istio).toBeUndefined();
    const gone = await uids(owned.filter(({ namespace }) => namespace === 'istio-system'));
    expect([...gone.values()].filter((uid) => uid !== 'gone')).toEqual([]);
    const crds = await uids(owned.filter(({ name }) => name.endsWith('.istio.io')));
    expect([...crds.values()].filter((uid) => uid === 'gone')).toEqual([]);
    expect((await argocd.applications()).map(({ metadata }) => metadata.name)).not.toContain('istio');
    const isIstio = ({ namespace, name }: OwnedObject) => `${namespace} ${name}`.includes('istio');
    for (const object of owned.filter(isIstio)) before.delete(describeObject(object));
    owned = owned.filter((object) => !isIstio(object));
  });

  it('comes back to the stack: ArgoCD lets go first, then the Applications go alone', async () => {
    const changes = await up('pulumi');
    expect(changes).toContain('create DaemonSet/monitoring/metrics-prometheus-node-exporter');
    expect(changes.filter((change) => change.startsWith('delete'))).toEqual([]);
    await expectUntouched();
    const last = await up('pulumi');
    expect(last).toEqual(
      expect.arrayContaining(['delete Application/argocd/addons', 'delete Application/argocd/metrics']),
    );
    expect(last.filter((change) => change.startsWith('delete') && !/applications?\b/i.test(change))).toEqual([]);
    expect(await argocd.applications()).toEqual([]);
    await expectUntouched();
    expect(await up('pulumi')).toEqual([]);
  });
});
