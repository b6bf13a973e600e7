import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../modules/definition.ts';
import { type RenderedModule, withOneOwner } from '../../../modules/deploy.ts';
import { module } from '../../../modules/index.ts';
import { prepare, prepareCrd } from '../../../modules/objects.ts';
import type { ModuleId, ReleaseId } from '../../../releases/release.ts';
import { names } from './context.ts';

describe('objects', () => {
  const object = (kind: string, more: object = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x' },
    ...more,
  });

  it('go into the module’s namespace unless their kind has none', () => {
    const clusterKinds = new Set(['cert-manager.io/ClusterIssuer']);
    const namespace = (it: KubernetesObject) => prepare(it, 'monitoring', clusterKinds).metadata.namespace;
    expect(namespace(object('ConfigMap'))).toBe('monitoring');
    expect(namespace(object('ConfigMap', { metadata: { name: 'x', namespace: 'kube-system' } }))).toBe('kube-system');
    expect(namespace(object('ClusterRole'))).toBeUndefined();
    expect(namespace(object('ClusterIssuer', { apiVersion: 'cert-manager.io/v1' }))).toBeUndefined();
  });

  it('are no hooks any more, and workloads aren’t waited for by the provider', () => {
    const annotations = { 'helm.sh/hook': 'pre-install', kept: 'yes' };
    expect(
      prepare(object('Job', { metadata: { name: 'x', annotations } }), 'a', new Set()).metadata.annotations,
    ).toEqual({
      kept: 'yes',
      'pulumi.com/patchForce': 'true',
      'pulumi.com/skipAwait': 'true',
      // Otherwise the garbage collector would still have it when the new one comes.
      'pulumi.com/deletionPropagationPolicy': 'background',
    });
  });

  it('leave the CA bundle of webhooks to whoever fills it in', () => {
    const webhooks = [{ name: 'a', clientConfig: { service: {}, caBundle: '' } }];
    expect(prepare(object('ValidatingWebhookConfiguration', { webhooks }), 'a', new Set()).webhooks).toEqual([
      { name: 'a', clientConfig: { service: {} } },
    ]);
  });

  it('that are CRDs no longer keep unknown fields once they are v1', () => {
    const crd = (version: string) =>
      object('CustomResourceDefinition', { apiVersion: `apiextensions.k8s.io/${version}`, spec: {} });
    expect(prepareCrd(crd('v1')).spec).toEqual({ preserveUnknownFields: false });
    expect(prepareCrd(crd('v1beta1')).spec).toEqual({});
  });
});

describe('ownership', () => {
  const rendered = (id: ModuleId, release: ReleaseId, ...objects: string[]) =>
    ({
      definition: module(id),
      release,
      objects: objects.map((name) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name } })),
    }) as RenderedModule;
  const owned = (...modules: RenderedModule[]) => withOneOwner(modules).map(({ objects }) => names(objects));

  it('of an object that two modules render is with the one at the newer release', () => {
    expect(
      owned(
        rendered('istio-ingress', '1.21', 'public', 'private', 'private-account'),
        rendered('istio-private-ingress', '1.22', 'private'),
      ),
    ).toEqual([['Service public', 'Service private-account'], ['Service private']]);
  });

  it('stays with the first at the same release', () => {
    expect(owned(rendered('istio', '1.22', 'a'), rendered('metrics', '1.22', 'a', 'b'))).toEqual([
      ['Service a'],
      ['Service b'],
    ]);
  });
});
