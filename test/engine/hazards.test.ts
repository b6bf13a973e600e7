import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../modules/definition.ts';
import { planModules, type RenderedModule, type RenderModulesArgs } from '../../modules/deploy.ts';
import { clusterKinds, identity, prepare } from '../../modules/objects.ts';
import { type Renderer, renderCrds, renderManifest } from '../../modules/render.ts';
import { mergeValues } from '../../modules/schema.ts';
import { type ModuleId, moduleIds, type ReleaseId, releaseIds } from '../../releases/release.ts';
import { everything } from './everything.ts';
import { ModulesCluster } from './modules-cluster.ts';

const minutes = 60_000;

/** What KubeZero's charts get wrong, or what a plain apply of them does to a cluster of the release before. */
describe('hazards of KubeZero 1.21 and 1.22, in what is rendered', () => {
  let cluster: ModulesCluster;
  const rendered = new Map<ReleaseId, RenderedModule[]>();

  beforeAll(async () => {
    cluster = await ModulesCluster.start('1.22');
    for (const id of releaseIds) {
      cluster.values[id] = everything(id);
      rendered.set(id, await cluster.render({ release: id }));
    }
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  const objects = (id: ReleaseId) => rendered.get(id)!.flatMap((module) => module.objects);
  const names = (id: ReleaseId, kind: string) =>
    objects(id).flatMap((object) => (object.kind === kind ? [object.metadata.name] : []));
  const find = (id: ReleaseId, kind: string, name: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
    objects(id).find((object) => object.kind === kind && object.metadata.name === name) as any;

  it('an object has one module, at both releases and at every mixture that an upgrade goes through', async () => {
    const mixtures = [...upgradeSteps.keys(), upgradeSteps.length].map((count) => upgradeSteps.slice(0, count).flat());
    const doubles = await cluster.inProgram(async (args) => {
      const found: string[] = [];
      for (const moved of mixtures) {
        const releases = Object.fromEntries(moduleIds.map((id) => [id, moved.includes(id) ? '1.22' : '1.21'] as const));
        found.push(...(await doubleOwners(args({ release: '1.21', releases }))));
      }
      return new Set(found);
    });
    // The private gateway moves; withOneOwner gives what both render to the module at the newer release.
    const both = 'istio-ingress 1.21 and istio-private-ingress 1.22';
    expect([...doubles].filter((double) => !double.endsWith(both))).toEqual([]);
    expect(doubles).toContain(`apps/Deployment/istio-ingress/istio-private-ingressgateway: ${both}`);
  });

  it('gateways keep their names, selectors and node ports, so that they are updated in place', () => {
    for (const name of ['istio-ingressgateway', 'istio-private-ingressgateway']) {
      const [before, after] = releaseIds.map((id) => find(id, 'Deployment', name).spec);
      expect(after.selector).toEqual(before.selector);
      const nodePorts = (id: ReleaseId) =>
        find(id, 'Service', name).spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort);
      expect(new Set(nodePorts('1.22'))).toEqual(new Set(nodePorts('1.21')));
    }
  });

  it('no selector of a workload changes between the releases, which the API would refuse', () => {
    const selectors = (id: ReleaseId) =>
      new Map(
        objects(id)
          .filter(({ kind }) => /^(Deployment|DaemonSet|StatefulSet)$/.test(kind))
          .map((object) => [identity(object), (object.spec as { selector: unknown }).selector]),
      );
    const [before, after] = releaseIds.map(selectors) as [Map<string, unknown>, Map<string, unknown>];
    for (const [name, selector] of after) {
      if (before.has(name)) expect([name, selector]).toEqual([name, before.get(name)]);
    }
  });

  it('the gateways of 1.22 ask istiod for their image, and for the sysctl only of API servers of 1.22', async () => {
    const deployment = find('1.22', 'Deployment', 'istio-ingressgateway');
    expect(deployment.spec.template.spec.containers[0].image).toBe('auto');
    expect(deployment.spec.template.spec.securityContext.sysctls).toEqual([
      { name: 'net.ipv4.ip_unprivileged_port_start', value: '0' },
    ]);
    const earlier = await cluster.render({ release: '1.22', kubernetesVersion: '1.21.9' });
    const gateway = earlier
      .flatMap((module) => module.objects)
      .find((object) => identity(object) === identity(deployment));
    expect(JSON.stringify(gateway)).not.toContain('sysctls');
  });

  it('Istio’s metadata exchange of 1.11 makes way for the filters of 1.13, its validating webhook for the new one', () => {
    expect(names('1.21', 'EnvoyFilter')).toContain('metadata-exchange-1.11');
    expect(names('1.22', 'EnvoyFilter')).not.toContain('metadata-exchange-1.11');
    expect(names('1.22', 'EnvoyFilter')).toContain('stats-filter-1.13');
    expect(names('1.22', 'ClusterRole')).toContain('istiod-gateway-controller-istio-system');
    expect(names('1.21', 'ValidatingWebhookConfiguration')).toContain('istio-validator-istio-system');
    expect(names('1.22', 'ValidatingWebhookConfiguration')).not.toContain('istio-validator-istio-system');
    expect(names('1.22', 'ValidatingWebhookConfiguration')).toContain('istiod-default-validator');
  });

  it('Grafana has one ServiceMonitor, renamed', () => {
    expect(names('1.21', 'ServiceMonitor')).toContain('metrics-kube-prometheus-st-grafana');
    expect(names('1.22', 'ServiceMonitor')).toContain('metrics-grafana');
    expect(names('1.22', 'ServiceMonitor')).not.toContain('metrics-kube-prometheus-st-grafana');
  });

  it('ArgoCD has one application controller: a Deployment at 1.21, a StatefulSet at 1.22', () => {
    const controllers = (id: ReleaseId) =>
      objects(id)
        .filter(({ kind, metadata }) => metadata.name === 'argocd-application-controller' && /^(Dep|State)/.test(kind))
        .map(({ kind }) => kind);
    expect(controllers('1.21')).toEqual(['Deployment']);
    expect(controllers('1.22')).toEqual(['StatefulSet']);
  });

  it('what a chart calls a hook is an object like others; its tests are none', () => {
    for (const id of releaseIds) {
      expect(find(id, 'CSIDriver', 'efs.csi.aws.com').metadata.annotations).not.toHaveProperty('helm.sh/hook');
      expect(names(id, 'Job')).toContain('metrics-kube-prometheus-st-admission-create');
      expect(objects(id).filter(({ kind }) => kind === 'Pod')).toEqual([]);
      expect(JSON.stringify(objects(id))).not.toContain('helm.sh/hook"');
    }
  });

  it('the node termination handler can be configured, with metrics on (KubeZero’s template and patch fail there)', () => {
    for (const id of releaseIds) {
      const { ports, env } = find(id, 'Deployment', 'aws-node-termination-handler').spec.template.spec.containers[0];
      expect(ports).toContainEqual(expect.objectContaining({ name: 'http-metrics', containerPort: 9092 }));
      expect(env).toContainEqual(expect.objectContaining({ name: 'AWS_ROLE_ARN' }));
    }
  });

  it('the metrics API is registered at a version that 1.22 serves (KubeZero’s bootstrap gives v1beta1)', () => {
    for (const id of releaseIds) {
      expect(find(id, 'APIService', 'v1beta1.metrics.k8s.io').apiVersion).toBe('apiregistration.k8s.io/v1');
    }
  });

  it('every chart’s definitions are delivered, whatever the module is called (KubeZero’s switch reaches one chart)', () => {
    for (const id of releaseIds) {
      const groups = new Set(
        rendered
          .get(id)!
          .flatMap(({ crds }) => crds)
          .map(({ metadata }) => groupOf(metadata.name)),
      );
      expect([...groups]).toEqual(
        expect.arrayContaining([
          'cert-manager.io',
          'monitoring.coreos.com',
          'elasticsearch.k8s.elastic.co',
          'networking.istio.io',
          'argoproj.io',
          'local.openebs.io',
          'snapshot.storage.k8s.io',
        ]),
      );
    }
  });

  it('a key without a value is like one left out (Helm 3.19 refuses KubeZero’s)', async () => {
    for (const id of releaseIds) {
      cluster.values[id] = mergeValues(everything(id), nulls);
      const again = await cluster.render({ release: id });
      const all = again.flatMap((module) => module.objects);
      expect(all.map(identity).sort()).toEqual(objects(id).map(identity).sort());
      cluster.values[id] = everything(id);
    }
  });

  it(
    'a change of one module’s values changes objects of that module alone',
    async () => {
      const changed: Partial<Record<ModuleId, ModuleId[]>> = {};
      await cluster.inProgram(async (args) => {
        const contents = async (id?: ModuleId) => {
          const more = id ? { [id]: changes[id] } : {};
          const desired = args({ release: '1.22' });
          const planned = planModules({ ...desired, values: { '1.22': mergeValues(everything('1.22'), more) } });
          const modules = await Promise.all(planned.map((module) => contentOf(module, desired)));
          return new Map(modules);
        };
        const before = await contents();
        for (const id of moduleIds) {
          const after = await contents(id);
          changed[id] = moduleIds.filter((other) => before.get(other) !== after.get(other));
        }
      });
      expect(changed).toEqual(Object.fromEntries(moduleIds.map((id) => [id, [id]])));
    },
    2 * minutes,
  );
});

const named: ModuleId[][] = [
  ['logging'],
  ['metrics'],
  ['network', 'addons'],
  ['cert-manager'],
  ['istio'],
  ['istio-private-ingress'],
  ['istio-ingress'],
];
/** Modules that the upgrade moves to 1.22, step by step; the others go together at the end. */
const upgradeSteps = [...named, moduleIds.filter((id) => !named.flat().includes(id))];

/** One value of each module, changed. */
const changes: Record<ModuleId, object> = {
  network: { multus: { tag: 'v3.8' } },
  addons: { clusterBackup: { extraEnv: [{ name: 'RESTIC_RETENTION', value: '30' }] } },
  'cert-manager': { clusterIssuer: { email: 'somebody@example.com' } },
  storage: { 'lvm-localpv': { storageClass: { default: true } } },
  istio: { rateLimiting: { localCacheSize: 4096 } },
  'istio-ingress': { gateway: { replicaCount: 4 } },
  'istio-private-ingress': { gateway: { replicaCount: 4 } },
  metrics: { 'kube-prometheus-stack': { prometheus: { prometheusSpec: { retention: '9d' } } } },
  logging: { fluentd: { replicaCount: 3 } },
  argocd: { server: { replicas: 3 } },
  auth: { keycloak: { istio: { ipBlocks: ['10.1.0.0/16'] } } },
  ci: { gocd: { istio: { url: 'ci.int.demo.example.com' } } },
  mq: { nats: { istio: { url: 'mq.int.demo.example.com' } } },
  redis: { istio: { ipBlocks: ['10.1.0.0/16'] } },
  sql: { 'mariadb-galera': { replicaCount: 5 } },
  clamav: { clamav: { replicaCount: 2 } },
  'uptime-kuma': { service: { port: 3002 } },
};

/** Keys that KubeZero's own values have without a value. */
const nulls = { argocd: { configs: { repositories: null } }, logging: { 'fluent-bit': { image: null } } };

function groupOf(crdName: string): string {
  return crdName.slice(crdName.indexOf('.') + 1);
}

function rendererOf({ charts, provider, facts }: RenderModulesArgs): Renderer {
  return { charts, provider, kubernetesVersion: facts.kubernetesVersion, components: true };
}

type Planned = ReturnType<typeof planModules>[number];

async function contentOf(module: Planned, args: RenderModulesArgs): Promise<[ModuleId, string]> {
  const renderer = rendererOf(args);
  const [objects, crds] = [await renderManifest(renderer, module.manifest), await renderCrds(renderer, module.crds)];
  return [module.definition.id, JSON.stringify([objects, crds])];
}

/** Objects, definitions among them, that more than one module renders. */
async function doubleOwners(args: RenderModulesArgs): Promise<string[]> {
  const renderer = rendererOf(args);
  const owners = new Map<string, string>();
  const doubles: string[] = [];
  for (const { definition, release, manifest, crds: sources } of planModules(args)) {
    const crds = await renderCrds(renderer, sources);
    const scopes = clusterKinds(crds);
    const objects = (await renderManifest(renderer, manifest)).map((object: KubernetesObject) =>
      prepare(object, manifest.namespace.name, scopes),
    );
    const owner = `${definition.id} ${release}`;
    for (const name of new Set([...objects, ...crds].map(identity))) {
      if (owners.has(name)) doubles.push(`${name}: ${owners.get(name)} and ${owner}`);
      owners.set(name, owner);
    }
  }
  return doubles;
}
