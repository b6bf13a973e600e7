import { describe, expect, it } from 'vitest';
import { describeApi, refuseUnserved } from '../../modules/served.ts';
import { deprecatedApis, replacementOf, resourceOf, unservedApis } from '../../releases/served-apis.ts';

const object = (apiVersion: string, kind: string, name = 'a', namespace?: string) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});
const crd = object('apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition');

describe('APIs that a Kubernetes version doesn’t serve', () => {
  it.each([
    ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', '1.21.9', true],
    ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', '1.22.8', false],
    ['apiextensions.k8s.io/v1beta1', 'CustomResourceDefinition', 'v1.30.0', false],
    ['networking.k8s.io/v1beta1', 'Ingress', '1.22.0', false],
    ['apps/v1beta1', 'Deployment', '1.21.9', false],
    ['policy/v1beta1', 'PodDisruptionBudget', '1.22.8', true],
    ['policy/v1beta1', 'PodDisruptionBudget', '1.25.0', false],
    ['policy/v1', 'PodDisruptionBudget', '1.20.5', false],
    ['policy/v1', 'PodDisruptionBudget', '1.21.0', true],
    ['autoscaling/v2', 'HorizontalPodAutoscaler', '1.22.8', false],
    ['networking.istio.io/v1beta1', 'Gateway', '1.22.8', true],
    ['v1', 'Service', '1.22.8', true],
  ])('%s %s at %s: served %s', (apiVersion, kind, version, served) => {
    expect(unservedApis([object(apiVersion, kind)], version)).toHaveLength(served ? 0 : 1);
  });

  it('are said once for each kind, with the objects and what to use instead', () => {
    const ingress = object('extensions/v1beta1', 'Ingress', 'web', 'shop');
    expect(unservedApis([crd, { ...crd, metadata: { name: 'b' } }, ingress], '1.22.8')).toEqual([
      expect.objectContaining({ kind: 'CustomResourceDefinition', until: '1.22', objects: ['a', 'b'] }),
      expect.objectContaining({ kind: 'Ingress', instead: 'networking.k8s.io/v1', objects: ['shop/web'] }),
    ]);
  });

  it('are known beforehand', () => {
    const found = deprecatedApis([crd, object('policy/v1beta1', 'PodDisruptionBudget'), object('v1', 'Pod')], '1.21.9');
    expect(found.map(({ kind, until }) => [kind, until])).toEqual([
      ['CustomResourceDefinition', '1.22'],
      ['PodDisruptionBudget', '1.25'],
    ]);
    expect(deprecatedApis([crd], '1.22.8')).toEqual([]);
  });

  it('are refused before anything is deployed, by name', () => {
    const logging = { definition: { id: 'logging' as const }, objects: [], crds: [crd] };
    expect(() => refuseUnserved('1.21.9', [logging])).not.toThrow();
    expect(() => refuseUnserved('1.22.8', [logging])).toThrow(
      "Kubernetes 1.22.8 doesn't serve what would be deployed:\n  logging: apiextensions.k8s.io/v1beta1 CustomResourceDefinition, not served from Kubernetes 1.22 on (use apiextensions.k8s.io/v1): a",
    );
  });

  it('are listed shortly where there are many', () => {
    const objects = Array.from({ length: 10 }, (_, index) => `crd-${index}`);
    expect(describeApi({ module: 'logging', apiVersion: 'x/v1', kind: 'Y', until: '1.22', objects })).toMatch(
      /: crd-0, .*, crd-7, 2 more$/,
    );
  });

  it('have a replacement by the name of their resource, as API servers count their use', () => {
    expect(replacementOf('extensions/v1beta1', 'ingresses')).toBe('networking.k8s.io/v1');
    expect(replacementOf('extensions/v1beta1', 'networkpolicies')).toBe('networking.k8s.io/v1');
    expect(replacementOf('policy/v1beta1', 'podsecuritypolicies')).toBeUndefined();
    expect(['Ingress', 'NetworkPolicy', 'StorageClass', 'CSIDriver'].map(resourceOf)).toEqual([
      'ingresses',
      'networkpolicies',
      'storageclasses',
      'csidrivers',
    ]);
  });
});
