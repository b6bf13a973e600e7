import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { migrateApplication } from '../../automation/application/index.ts';
import { type ModuleId, moduleIds, type ReleaseId } from '../../releases/release.ts';
import { repositoryRoot } from '../../repository/root.ts';
import { ModulesCluster } from './modules-cluster.ts';

const minutes = 60_000;

/** The documented order of modules and CRDs in the upgrade; each test goes on where the one before stopped. */
describe('modules of the demo environment, from 1.21 to 1.22 on a Kubernetes API', () => {
  let cluster: ModulesCluster;
  const releases: Partial<Record<ModuleId, ReleaseId>> = {};
  const crds: Partial<Record<ModuleId, ReleaseId>> = {};
  let kubernetesVersion = '1.21.9';

  beforeAll(async () => {
    cluster = await ModulesCluster.start('1.21');
    const application = readFileSync(join(repositoryRoot, 'stacks/demo/application.yaml'), 'utf8');
    const { text } = migrateApplication(application, { to: '1.22' });
    cluster.values['1.22'] = parse(parse(text).spec.source.helm.values);
    for (const id of moduleIds) releases[id] = crds[id] = '1.21';
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  const up = () => cluster.up({ release: '1.21', releases, crds, kubernetesVersion });
  const move = (...modules: ModuleId[]) => {
    for (const id of modules) releases[id] = '1.22';
    return up();
  };
  const moveCrds = (...modules: ModuleId[]) => {
    for (const id of modules) crds[id] = '1.22';
    return up();
  };
  /** Objects that changed, without the components that hold them. */
  const objects = (changes: string[]) => changes.filter((change) => change.includes('/'));

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
    expect(changes.filter((change) => !change.includes('/logging/'))).toEqual([]);
    const fluentBit = await cluster.api.call('GET', '/apis/apps/v1/namespaces/logging/daemonsets/logging-fluent-bit');
    const volumes = fluentBit.spec.template.spec.volumes.map(({ name }: { name: string }) => name);
    expect(volumes).not.toContain('etcmachineid');
  });

  it('moves metrics: finished jobs make way for new ones, renamed monitors leave nothing behind', async () => {
    await moveCrds('metrics');
    const changes = objects(await move('metrics'));
    expect(changes.filter((change) => !change.includes('/monitoring/'))).toEqual([]);
    expect(changes).toEqual(
      expect.arrayContaining([
        'create ServiceMonitor/monitoring/metrics-grafana',
        'delete ServiceMonitor/monitoring/metrics-kube-prometheus-st-grafana',
        'replace Job/monitoring/metrics-kube-prometheus-st-admission-create',
      ]),
    );
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
    expect(await up()).toEqual([]);
  });
});
