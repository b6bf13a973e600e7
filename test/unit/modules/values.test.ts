import { describe, expect, it } from 'vitest';
import { module, modules } from '../../../modules/index.ts';
import { checkValues, validateValues } from '../../../modules/values.ts';
import { release } from '../../../releases/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import { demoValues } from './context.ts';

const problems = (values: Record<string, unknown>, at: ReleaseId = '1.22') =>
  checkValues(values, release(at)).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('values of application.yaml', () => {
  it('of the demo environment are right at 1.21', () => {
    expect(problems(demoValues(), '1.21')).toEqual([]);
  });

  it('name the nearest known key for an unknown one, at every depth', () => {
    expect(problems({ storrage: {} })).toEqual(['storrage: unknown module "storrage"; did you mean "storage"?']);
    expect(problems({ logging: { fluentbit: {} } })).toEqual([
      'logging.fluentbit: unknown key "fluentbit"; did you mean "fluent-bit"?',
    ]);
    expect(problems({ 'istio-ingress': { gateway: { replicas: 2 } } })).toEqual([
      'istio-ingress.gateway.replicas: unknown key "replicas"; known keys: replicaCount, affinity, service',
    ]);
  });

  it('are reported with all their problems at once', () => {
    const values = { addons: { enabled: 'yes' }, metrics: { istio: { grafana: { ipBlocks: '10.0.0.0/8' } } }, typo: 1 };
    expect(problems(values).map((line) => line.split(':')[0])).toEqual([
      'typo',
      'addons.enabled',
      'metrics.istio.grafana.ipBlocks',
    ]);
    expect(() => validateValues(values, release('1.22'))).toThrow(/have 3 problems/);
  });

  it('take any key where KubeZero passes a tree to the upstream chart', () => {
    expect(problems({ metrics: { 'kube-prometheus-stack': { anything: { at: ['all'] } } } })).toEqual([]);
    expect(problems({ network: { cilium: { enabled: true, hubble: { relay: {} } } } })).toEqual([]);
  });

  it('count a key without a value as left out', () => {
    expect(problems({ argocd: { istio: null, server: null }, 'cert-manager': { clusterIssuer: null } })).toEqual([]);
  });

  it('say what became of keys that moved between the releases', () => {
    expect(problems({ kiam: { enabled: true } })).toEqual([
      'kiam: "kiam" was removed in 1.22: its users need roles for service accounts; `kubezero migrate` takes the key away',
    ]);
    expect(problems({ 'istio-private-ingress': {} }, '1.21')).toEqual([
      'istio-private-ingress: release 1.21 has the private gateway at istio-ingress.private; `kubezero migrate` moves it for 1.22',
    ]);
    expect(problems({ auth: { enabled: true } }, '1.21')).toEqual([
      "auth: is a module of KubeZero 1.22, which release 1.21 doesn't have yet",
    ]);
    expect(problems({ 'istio-ingress': { public: {} } })[0]).toBe(
      'istio-ingress.public: "public" is how 1.21 has its gateways: `kubezero migrate` brings it into the form of 1.22',
    );
  });

  it('name a module that another one can’t do without', () => {
    const certificates = [{ name: 'a', dnsNames: ['a.example.com'] }];
    expect(problems({ 'istio-ingress': { enabled: true, certificates } })).toEqual([
      'istio-ingress.enabled: needs module istio, which is off',
      'istio-ingress.certificates: needs module cert-manager, which is off',
    ]);
    expect(problems({ 'istio-ingress': { enabled: true }, istio: { enabled: true } })).toEqual([]);
    const grafana = { enabled: true, url: 'metrics.example.com' };
    expect(problems({ metrics: { enabled: true, istio: { grafana } } })).toEqual([
      'metrics.istio.grafana.enabled: needs module istio, which is off',
    ]);
    const prometheus = { ...grafana, url: 'prometheus.example.com' };
    expect(problems({ metrics: { enabled: true, istio: { grafana, prometheus } } })).toHaveLength(2);
    expect(problems({ metrics: { enabled: false, istio: { grafana } } })).toEqual([]);
  });

  it('can’t pin another version of a module than the release does', () => {
    expect(problems({ logging: { targetRevision: '0.7.0' } })).toEqual([
      'logging.targetRevision: "0.7.0" isn\'t the version that release 1.22 pins (0.8.0); remove the key',
    ]);
    expect(problems({ logging: { targetRevision: '0.8.0' } })).toEqual([]);
  });
});

describe('modules', () => {
  it('come after what they depend on', () => {
    const order = modules.map(({ id }) => id);
    for (const { id, dependsOn } of modules) {
      for (const other of dependsOn)
        expect(order.indexOf(other), `${other} before ${id}`).toBeLessThan(order.indexOf(id));
    }
  });

  it('are known by name', () => {
    expect(module('istio').id).toBe('istio');
    expect(() => module('isto')).toThrow('There is no module "isto".');
  });

  it('have every chart they name pinned by each release', () => {
    for (const id of ['1.21', '1.22'] as const) {
      for (const [key, pin] of Object.entries(release(id).charts))
        expect(pin.version, key).toMatch(/^v?\d+\.\d+\.\d+$/);
    }
  });
});
