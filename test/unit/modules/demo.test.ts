import { describe, expect, it } from 'vitest';
import { demoValues, manifest } from './context.ts';

describe('the demo environment', () => {
  it('has every module at 1.21 except the one that came with 1.22', () => {
    for (const id of [
      'network',
      'addons',
      'cert-manager',
      'storage',
      'istio',
      'istio-ingress',
      'metrics',
      'logging',
      'argocd',
    ] as const) {
      expect(manifest(id, '1.21', demoValues()).namespace.name, id).toBeTruthy();
    }
  });
});
