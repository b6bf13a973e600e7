import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { repositoryRoot } from '../../repository/root.ts';
import { outcomes, RehearsalEnvironment } from './environment.ts';

const files = join(repositoryRoot, 'test/rehearsal/argocd');
const kinds = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'DaemonSet'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'ConfigMap'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['networking.istio.io/v1beta1', 'Gateway'],
  ['cert-manager.io/v1', 'Certificate'],
] as const;

interface Application {
  metadata: { name: string };
  status?: { sync?: { status?: string }; health?: { status?: string } };
}

describe('a small environment delivered by a real ArgoCD', () => {
  let demo: RehearsalEnvironment;
  let api: KubernetesObjectApi;

  beforeAll(async () => {
    demo = await RehearsalEnvironment.start((environment) => {
      for (const file of ['environment.yaml', 'application.yaml'])
        copyFileSync(join(files, file), join(environment, file));
    });
    const config = new KubeConfig();
    config.loadFromFile(demo.sandbox.kubeconfig);
    api = KubernetesObjectApi.makeApiClient(config);
  });
  afterAll(async () => demo?.stop());

  /** uid of every object of some kinds, by what it is. */
  async function uids(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [apiVersion, kind] of kinds) {
      for (const { metadata } of (await api.list(apiVersion, kind)).items)
        found[`${kind} ${metadata?.namespace ?? ''}/${metadata?.name}`] = metadata?.uid ?? '';
    }
    return found;
  }

  async function applications(): Promise<Record<string, string>> {
    const { items } = await api.list('argoproj.io/v1alpha1', 'Application', 'argocd');
    return Object.fromEntries(
      (items as unknown as Application[]).map(({ metadata, status }) => [
        metadata.name,
        `${status?.sync?.status} ${status?.health?.status}`,
      ]),
    );
  }

  function deliverBy(delivery: 'pulumi' | 'argocd') {
    const file = join(demo.workspace.stacks, 'demo/environment.yaml');
    const document = parseDocument(readFileSync(file, 'utf8'));
    document.set('delivery', delivery);
    writeFileSync(file, document.toString());
  }

  async function up() {
    const { ending, stderr, events } = await demo.run(['up', 'demo']);
    expect(stderr, 'kubezero up').toBe('');
    expect(ending).toBe('exit code 0');
    return events;
  }

  const pushed = (path: string) => simpleGit(demo.workspace.remote).raw(['ls-tree', '-r', '--name-only', 'main', path]);
  const synced = { addons: 'Synced Healthy', istio: 'Synced Healthy', 'istio-ingress': 'Synced Healthy' };

  it('comes up: manifests pushed, Applications Synced and Healthy', async () => {
    await up();
    expect(await applications()).toEqual(synced);
    expect(await pushed('stacks/demo/manifests/istio')).toContain('Deployment.istio-system.istiod.yaml');
  });

  it('has nothing pending, neither in a stack nor in git', async () => {
    const { ending, stdout } = await demo.run(['preview', 'demo']);
    const { stacks, manifests } = JSON.parse(stdout);
    expect(stacks.flatMap((stack: { changes: unknown[] }) => stack.changes)).toEqual([]);
    expect(manifests).toEqual([]);
    expect(ending).toBe('exit code 0');
  });

  it('shows a change by object, before it is pushed', async () => {
    const file = join(demo.workspace.stacks, 'demo/application.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('nodePort: 30080', 'nodePort: 30081'));
    const { exitCode, stdout } = await demo.run(['preview', 'demo', '--layer', 'modules']);
    writeFileSync(file, before);
    const { manifests } = JSON.parse(stdout);
    expect(exitCode).toBe(2);
    expect(manifests.map(({ operation, object }: Record<string, string>) => `${operation} ${object}`)).toEqual([
      'update Service/istio-ingress/istio-ingressgateway',
    ]);
    expect(manifests[0].diff).toContain('nodePort: 30081');
  });

  it('changes hands to Pulumi and back without an object deleted or made anew', async () => {
    const before = await uids();
    deliverBy('pulumi');
    await up();
    expect(await applications()).toEqual({});
    expect(await uids()).toEqual(before);
    expect(await pushed('stacks/demo/manifests')).toBe('');
    deliverBy('argocd');
    await up();
    expect(await applications()).toEqual(synced);
    expect(await uids()).toEqual(before);
  });

  it('is upgraded by commits and syncs; the private gateway changes its Application and stays', async () => {
    const gateway = 'Deployment istio-ingress/istio-private-ingressgateway';
    const before = (await uids())[gateway];
    const { ending, stderr, events } = await demo.run(['upgrade', 'demo', '--yes']);
    expect(stderr).toBe('');
    expect(ending).toBe('exit code 0');
    expect(before).toBeDefined();
    expect((await uids())[gateway]).toBe(before);
    // The last workers went a moment ago; ArgoCD takes another to see that the gateways are back elsewhere.
    await expect
      .poll(applications, { timeout: 60_000, interval: 1_000 })
      .toEqual({ ...synced, 'istio-private-ingress': 'Synced Healthy' });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'action',
        what: 'keep from pruning while it moves',
        object: 'Deployment istio-ingress/istio-private-ingressgateway',
      }),
    );
    const file =
      'stacks/demo/manifests/istio-private-ingress/Deployment.istio-ingress.istio-private-ingressgateway.yaml';
    const live = await api.read({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'istio-private-ingressgateway', namespace: 'istio-ingress' },
    });
    expect(parse(await simpleGit(demo.workspace.remote).show([`main:${file}`])).metadata.name).toBe(
      live.metadata?.name,
    );
    // The protection goes with the new owner's first sync.
    expect(live.metadata?.annotations).not.toHaveProperty('argocd.argoproj.io/sync-options');
    expect(existsSync(join(demo.workspace.stacks, 'demo/application.previous.yaml'))).toBe(false);
  });

  it('finds everything done when the upgrade is run again', async () => {
    const { ending, events } = await demo.run(['upgrade', 'demo', '--yes']);
    expect(ending).toBe('exit code 0');
    expect(new Set(Object.values(outcomes(events)))).toEqual(new Set(['already-done']));
  });
});
