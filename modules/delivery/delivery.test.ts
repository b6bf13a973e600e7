import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesObject } from '../definition.ts';
import { application, preparedForDelivery, syncWaves } from './applications.ts';
import { manifestFiles, manifestToCompare } from './manifests.ts';
import { type DeliveryPhase, isPassing, nextPhase } from './phase.ts';
import { type DeliveryOptions, planDelivery } from './plan.ts';

const object = (kind: string, name: string, rest: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'monitoring' },
  ...rest,
});
const module = (id: string, objects: KubernetesObject[], crds: KubernetesObject[] = []) => ({
  definition: { id: id as never, dependsOn: [] },
  manifest: { namespace: { name: id } },
  objects,
  crds,
});
const source = { repoURL: 'https://git.example.com/clusters', revision: 'main', path: 'stacks/demo/manifests' };

describe('who delivers a module', () => {
  const way = (wanted: 'pulumi' | 'argocd' | undefined, from: DeliveryPhase | undefined, retain = false) => {
    const phases: (DeliveryPhase | undefined)[] = [];
    for (let phase = from; ; ) {
      phase = nextPhase(phase, wanted, retain);
      phases.push(phase);
      if (!phase || !isPassing({ metrics: phase })) return phases;
    }
  };

  it('changes in two updates either way: what the engine does with an object that leaves is read from the one before', () => {
    expect(way('argocd', 'pulumi')).toEqual(['handing-over', 'argocd']);
    expect(way('pulumi', 'argocd')).toEqual(['taking-back', 'pulumi']);
  });

  it('can change its mind on the way', () => {
    expect(way('pulumi', 'handing-over')).toEqual(['taking-back', 'pulumi']);
    expect(way('argocd', 'taking-back')).toEqual(['handing-over', 'argocd']);
    expect(way('argocd', 'removing')).toEqual(['argocd']);
  });

  it('is ArgoCD at once for a module that was never there', () => {
    expect(way('argocd', undefined)).toEqual(['argocd']);
  });

  it('a module that is turned off goes with its objects, or without them where it says `retain`', () => {
    expect(way(undefined, 'argocd')).toEqual(['removing', undefined]);
    expect(way(undefined, 'argocd', true)).toEqual([undefined]);
    expect(way(undefined, 'pulumi')).toEqual([undefined]);
  });
});

describe('the plan of a delivery', () => {
  const rendered = [
    module('network', [object('DaemonSet', 'calico-node')]),
    module('metrics', [object('Deployment', 'grafana'), object('Secret', 'grafana'), object('Job', 'admission')]),
    module('argocd', [
      object('ConfigMap', 'argocd-cm', { data: { url: 'x' } }),
      object('AppProject', 'kubezero', { spec: { sourceRepos: [] } }),
    ]),
  ];
  const plan = (options: Partial<DeliveryOptions> = {}, modules = rendered) =>
    planDelivery(modules, { by: 'argocd', source, before: {}, ...options }, () => ({}));
  const kinds = (objects: Iterable<KubernetesObject>) =>
    [...objects].map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const metrics = (options: Partial<DeliveryOptions>) =>
    plan(options).modules.find(({ module }) => (module.definition.id as string) === 'metrics')!;

  it('gives each object one owner: secrets and what can’t be changed in place stay with the stack', () => {
    expect(kinds(metrics({ before: {} }).stack)).toEqual(['Secret grafana', 'Job admission']);
    expect(plan().manifests.map(({ path }) => path)).toEqual(['manifests/metrics/Deployment.monitoring.grafana.yaml']);
  });

  it('leaves what ArgoCD stands on with the stack', () => {
    expect(plan().phases).toEqual({ network: 'pulumi', metrics: 'argocd', argocd: 'pulumi' });
  });

  it('marks what leaves the stack with the next update, and only that', () => {
    const handing = metrics({ before: { metrics: 'pulumi' } });
    expect(kinds(handing.leaving)).toEqual(['Deployment grafana']);
    expect(kinds(handing.stack)).toEqual(['Deployment grafana', 'Secret grafana', 'Job admission']);
  });

  it('keeps ArgoCD from pruning what the stack keeps, CRDs among it', () => {
    const crd = object('CustomResourceDefinition', 'prometheuses.monitoring.coreos.com');
    const [delivered] = plan({}, [module('metrics', [...rendered[1]!.objects], [crd]), rendered[2]!]).modules;
    for (const kept of [...delivered!.stack, ...delivered!.crds])
      expect(kept.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/sync-options': 'Prune=false' });
  });

  it('lets ArgoCD read the repository, and know its objects by annotation', () => {
    const [, , argocd] = plan().modules;
    expect(argocd!.stack[0]).toMatchObject({ data: { 'application.resourceTrackingMethod': 'annotation' } });
    expect(argocd!.stack[1]).toMatchObject({ spec: { sourceRepos: [source.repoURL] } });
    const controller = object('StatefulSet', 'argocd-application-controller', { spec: { template: { metadata: {} } } });
    expect(preparedForDelivery(controller, source).spec).not.toEqual(controller.spec);
  });

  it('changes nothing where the stack delivers, and always did', () => {
    const { modules, manifests } = plan({ by: 'pulumi', before: { metrics: 'pulumi' } });
    expect(modules.map(({ stack }) => stack)).toEqual(rendered.map(({ objects }) => objects));
    expect(manifests).toEqual([]);
  });

  it('refuses to do without ArgoCD what only ArgoCD can do', () => {
    const withoutArgocd = rendered.slice(0, 2);
    expect(() => plan({}, withoutArgocd)).toThrow('its own module is off');
    expect(() => plan({ by: 'pulumi', before: { metrics: 'argocd' } }, withoutArgocd)).toThrow(
      'still delivers metrics',
    );
    expect(() => plan({ source: undefined })).toThrow('where ArgoCD finds the manifests of metrics');
  });
});

describe('rendered manifests', () => {
  const text = (value: KubernetesObject) => manifestFiles('metrics', [value])[0]!.text;

  it('are the same whatever order objects and keys come in', () => {
    const [a, b] = [object('ConfigMap', 'a', { data: { x: '1', y: '2' } }), object('ConfigMap', 'b')];
    const turned = { data: { y: '2', x: '1' }, metadata: a.metadata, kind: a.kind, apiVersion: a.apiVersion };
    expect(manifestFiles('metrics', [b, turned])).toEqual(manifestFiles('metrics', [a, b]));
  });

  it('mean to ArgoCD, which reads YAML 1.1, what they say', () => {
    const data = { a: 'on', b: '0777', c: '12:30:45', d: '1_000', e: '~', f: 'n', g: '<<', h: '.5', i: 'a\n b\n' };
    const read = parse(text(object('ConfigMap', 'a', { data })), { version: '1.1' });
    expect(read.data).toEqual(data);
  });

  it('carry nothing that is only Pulumi’s, and no nulls', () => {
    const annotations = { 'pulumi.com/patchForce': 'true', note: 'x' };
    const file = text({
      ...object('Service', 'a'),
      metadata: { name: 'a', annotations },
      spec: { type: null, ports: [] },
    });
    expect(parse(file)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', annotations: { note: 'x' } },
      spec: { ports: [] },
    });
  });

  it('tell kinds of the same name in two API groups apart, and have no colons in their names', () => {
    const gateways = ['networking.istio.io/v1beta1', 'gateway.networking.k8s.io/v1alpha2'].map((apiVersion) => ({
      ...object('Gateway', 'a'),
      apiVersion,
    }));
    const role = { ...object('ClusterRole', 'system:reader'), metadata: { name: 'system:reader' } };
    expect(manifestFiles('metrics', [...gateways, role]).map(({ path }) => path)).toEqual([
      'manifests/metrics/ClusterRole.system_reader.yaml',
      'manifests/metrics/gateway.networking.k8s.io.Gateway.monitoring.a.yaml',
      'manifests/metrics/networking.istio.io.Gateway.monitoring.a.yaml',
    ]);
  });

  it('have objects replaced as a whole that are too large for an annotation', () => {
    const large = text(object('ConfigMap', 'dashboard', { data: { 'a.json': 'x'.repeat(300_000) } }));
    expect(parse(large).metadata.annotations).toEqual({ 'argocd.argoproj.io/sync-options': 'Replace=true' });
  });

  it('are compared with dashboards unpacked and laid out, as they were before', () => {
    const labels = { grafana_dashboard: '1' };
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b', labels } };
    const readable = text({ ...configMap, data: { 'load.json': '{ "title": "Load" }\n' } });
    const packed = text({
      ...configMap,
      binaryData: { 'load.json.gz': gzipSync('{"title":"Load"}').toString('base64') },
    });
    expect(manifestToCompare(packed)).toContain('data:\n  load.json: |-\n    {\n      "title": "Load"\n    }\n');
    expect(manifestToCompare(readable)).toBe(manifestToCompare(packed));
  });

  it.each([
    ['of another object', text(object('Deployment', 'a'))],
    ['with a dashboard that is no JSON', 'metadata:\n  labels:\n    grafana_dashboard: "1"\ndata:\n  a.json: "{"\n'],
    ['that isn’t YAML', 'metadata:\n  labels:\n    grafana_dashboard: "1"\n\tdata: {\n'],
  ])('are compared as they are: one %s', (_, file) => {
    expect(manifestToCompare(file)).toBe(file);
  });
});

describe('an Application', () => {
  const base = { source, namespace: 'argocd', destination: 'monitoring', wave: 2 };
  // biome-ignore lint/suspicious/noExplicitAny: an Application's spec is ArgoCD's
  const spec = (options: object = {}) => application('metrics', { ...base, ...options }).spec as any;

  it('reads the module’s directory of the branch, all of it', () => {
    expect(spec().source).toEqual({
      repoURL: source.repoURL,
      targetRevision: 'main',
      path: 'stacks/demo/manifests/metrics',
      directory: { recurse: true },
    });
  });

  it('has application.yaml’s sync policy, and respects what controllers change', () => {
    const syncPolicy = { automated: { prune: true }, retry: { limit: 3 }, syncOptions: ['Validate=false'] };
    expect(spec({ syncPolicy }).syncPolicy).toEqual({
      automated: { prune: true },
      retry: { limit: 3 },
      syncOptions: ['RespectIgnoreDifferences=true', 'Validate=false'],
    });
    expect(spec({ syncPolicy, suspended: true }).syncPolicy.automated).toBeUndefined();
  });

  it('takes its objects along only where it is told to', () => {
    expect(application('metrics', base).metadata).not.toHaveProperty('finalizers');
    expect(application('metrics', { ...base, cascade: true }).metadata).toHaveProperty('finalizers');
  });

  it('comes in the wave after what it depends on', () => {
    const waves = syncWaves([
      { id: 'network', dependsOn: [] },
      { id: 'istio', dependsOn: ['network'] },
      { id: 'istio-ingress', dependsOn: ['istio', 'network'] },
    ]);
    expect(Object.fromEntries(waves)).toEqual({ network: 0, istio: 1, 'istio-ingress': 2 });
  });
});
