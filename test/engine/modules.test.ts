import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { migrateApplication } from '../../application/migration/index.ts';
import { identity } from '../../modules/objects.ts';
import { type ModuleId, moduleIds, type ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { clusterObjects } from './cluster-objects.ts';
import { ModulesCluster } from './modules-cluster.ts';

const minutes = 60_000;
const admissionJobs = '/apis/batch/v1/namespaces/monitoring/jobs';

/** The documented order of modules and CRDs in the upgrade; each test goes on where the one before stopped. */
describe('modules of the demo environment, from 1.21 to 1.22 on a Kubernetes API', () => {
  let cluster: ModulesCluster;
  const releases: Partial<Record<ModuleId, ReleaseId>> = {};
  const crds: Partial<Record<ModuleId, ReleaseId>> = {};
  let kubernetesVersion = '1.21.9';
  let atFirst: Map<string, unknown>;

  beforeAll(async () => {
    cluster = await ModulesCluster.start('1.21');
    const application = readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8');
    const { text } = migrateApplication(application, { to: '1.22' });
    cluster.values['1.22'] = parse(parse(text).spec.source.helm.values);
    for (const id of moduleIds) releases[id] = crds[id] = '1.21';
    atFirst = await clusterObjects(cluster.api);
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  const desired = () => ({ release: '1.21' as const, releases, crds, kubernetesVersion });
  const up = () => cluster.up(desired());
  const move = (...modules: ModuleId[]) => {
    for (const id of modules) releases[id] = '1.22';
    return up();
  };
  const moveCrds = (...modules: ModuleId[]) => {
    for (const id of modules) crds[id] = '1.22';
    return up();
  };
  /** As the Job controller leaves them. */
  const finishJobs = async () => {
    for (const { metadata } of (await cluster.api.call('GET', admissionJobs)).items) {
      const conditions = [{ type: 'Complete', status: 'True' }];
      await cluster.api.call('PATCH', `${admissionJobs}/${metadata.name}/status`, { status: { conditions } });
    }
  };
  /** Objects that changed, without the components that hold them. */
  const objects = (changes: string[]) => changes.filter((change) => change.includes('/'));
  /** Changes of objects that aren't of these modules, going by their namespaces, labels and names. */
  const others = (changes: string[], own: RegExp) => changes.filter((change) => !own.test(change));
  /** Whether one change was done before another in the last update. */
  const inOrder = (...changes: string[]) => {
    const places = changes.map((change) => cluster.order.findIndex((done) => done.startsWith(change)));
    return places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1]!));
  };

  it(
    'comes up at 1.21 with every object under its own kind',
    async () => {
      const changes = await up();
      expect(changes.filter((change) => !change.startsWith('create '))).toEqual([]);
      expect(changes).toEqual(
        expect.arrayContaining([
          'create DaemonSet/monitoring/metrics-prometheus-node-exporter',
          'create Deployment/istio-ingress/istio-private-ingressgateway',
          'create StatefulSet/logging/elastic-operator',
          'create cert-manager-helm',
        ]),
      );
      expect(changes.length).toBeGreaterThan(300);
    },
    4 * minutes,
  );

  it('changes nothing the second time', async () => {
    expect(await up()).toEqual([]);
  });

  it('replaces the ECK CRDs, which are v1beta1 at 1.21, in place', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/elasticsearches.elasticsearch.k8s.elastic.co';
    const before = await cluster.api.call('GET', path);
    expect(before.spec.preserveUnknownFields).toBe(true);
    const changes = objects(await moveCrds('logging'));
    expect(changes).toHaveLength(7);
    expect(changes.every((change) => change.startsWith('update CustomResourceDefinition/'))).toBe(true);
    const after = await cluster.api.call('GET', path);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec.preserveUnknownFields).toBeUndefined();
  });

  it('moves logging, and nothing but logging', async () => {
    const changes = objects(await move('logging'));
    expect(changes).toContain('update DaemonSet/logging/logging-fluent-bit');
    expect(others(changes, /\/logging[/-]|elastic-operator/)).toEqual([]);
    const fluentBit = await cluster.api.call('GET', '/apis/apps/v1/namespaces/logging/daemonsets/logging-fluent-bit');
    const volumes = fluentBit.spec.template.spec.volumes.map(({ name }: { name: string }) => name);
    expect(volumes).not.toContain('etcmachineid');
  });

  it('moves metrics, and nothing but metrics; the renamed monitor leaves none behind that scrapes the same', async () => {
    await moveCrds('metrics');
    await finishJobs();
    const changes = objects(await move('metrics'));
    expect(others(changes, /\/monitoring\/|\/metrics-|prometheus-adapter|v1beta1\.metrics\.k8s\.io/)).toEqual([]);
    expect(changes).toEqual(
      expect.arrayContaining([
        'create ServiceMonitor/monitoring/metrics-grafana',
        'delete ServiceMonitor/monitoring/metrics-kube-prometheus-st-grafana',
      ]),
    );
  });

  it('has replaced the finished admission jobs, which can’t be changed', async () => {
    for (const name of ['create', 'patch']) {
      const job = await cluster.api.call('GET', `${admissionJobs}/metrics-kube-prometheus-st-admission-${name}`);
      expect(job.status).toEqual({});
    }
  });

  it('goes on with API servers of 1.22; the container runtime class is replaced with addons', async () => {
    await cluster.api.upgrade('1.22');
    kubernetesVersion = '1.22.8';
    crds.network = crds.addons = '1.22';
    const changes = objects(await move('network', 'addons'));
    expect(changes).toEqual(
      expect.arrayContaining(['replace RuntimeClass/crio', 'update DaemonSet/kube-system/kube-multus-ds']),
    );
    const runtimeClass = await cluster.api.call('GET', '/apis/node.k8s.io/v1/runtimeclasses/crio');
    expect(runtimeClass).toMatchObject({ handler: 'crun', overhead: { podFixed: { memory: '4Mi' } } });
  });

  it('moves all CRDs ahead of their modules without touching another object', async () => {
    const changes = objects(await moveCrds(...moduleIds));
    expect(changes).toContain('create CustomResourceDefinition/proxyconfigs.networking.istio.io');
    expect(changes.filter((change) => !/^(create|update) CustomResourceDefinition/.test(change))).toEqual([]);
  });

  it('moves cert-manager and istio; the old validating webhook is gone', async () => {
    await move('cert-manager');
    const changes = objects(await move('istio'));
    expect(changes).toEqual(
      expect.arrayContaining([
        'create ValidatingWebhookConfiguration/istiod-default-validator',
        'delete ValidatingWebhookConfiguration/istio-validator-istio-system',
      ]),
    );
    expect(
      inOrder(
        'create ValidatingWebhookConfiguration/istiod-default-validator',
        'delete ValidatingWebhookConfiguration/istio-validator-istio-system',
      ),
    ).toBe(true);
  });

  it('moves the private gateway to its own module without deleting or creating it', async () => {
    const deployment = '/apis/apps/v1/namespaces/istio-ingress/deployments/istio-private-ingressgateway';
    const before = await cluster.api.call('GET', deployment);
    const changes = objects(await move('istio-private-ingress'));
    expect(changes).toEqual(
      expect.arrayContaining([
        'update Deployment/istio-ingress/istio-private-ingressgateway',
        'update Gateway/istio-ingress/private-ingressgateway',
        'update Service/istio-ingress/istio-private-ingressgateway',
      ]),
    );
    expect(changes.filter((change) => change.startsWith('delete'))).toEqual([]);
    const after = await cluster.api.call('GET', deployment);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.spec.template.spec.securityContext.sysctls).toEqual([
      { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
    ]);
  });

  it('moves the public gateway, and only then takes away what was left of the old ones', async () => {
    const changes = objects(await move('istio-ingress'));
    expect(changes).toEqual(
      expect.arrayContaining([
        'update Deployment/istio-ingress/istio-ingressgateway',
        'delete ServiceAccount/istio-ingress/istio-private-ingressgateway-service-account',
        'delete ConfigMap/istio-ingress/istio-gateway-bootstrap-config',
      ]),
    );
    expect(
      changes.filter((change) => /Deployment|Gateway\/|Service\//.test(change) && !/^update/.test(change)),
    ).toEqual([]);
  });

  it('moves the rest: one application controller of ArgoCD is left', async () => {
    const changes = objects(await move('storage', 'argocd'));
    expect(changes).toEqual(
      expect.arrayContaining([
        'create StatefulSet/argocd/argocd-application-controller',
        'delete Deployment/argocd/argocd-application-controller',
      ]),
    );
    expect(
      inOrder(
        'create StatefulSet/argocd/argocd-application-controller',
        'delete Deployment/argocd/argocd-application-controller',
      ),
    ).toBe(true);
    expect(await cluster.preview(desired())).toEqual([]);
  });

  it('has left no object that 1.22 doesn’t have, but definitions', async () => {
    const rendered = new Set((await cluster.render(desired())).flatMap((module) => module.objects).map(identity));
    // API servers of 1.22 bring a flow schema of their own.
    const isKept = (name: string) =>
      /^(apiextensions\.k8s\.io\/CustomResourceDefinition|flowcontrol\.apiserver\.k8s\.io\/\w+|\/Namespace)\//.test(
        name,
      );
    await vi.waitFor(
      async () => {
        const now = [...(await clusterObjects(cluster.api)).keys()];
        expect(now.filter((name) => !isKept(name) && !atFirst.has(name) && !rendered.has(name))).toEqual([]);
      },
      { timeout: minutes, interval: 2000 },
    );
  });
});
