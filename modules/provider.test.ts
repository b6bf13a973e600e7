import * as pulumi from '@pulumi/pulumi';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clusterProvider } from './provider.ts';

const inputs: Record<string, Record<string, unknown>> = {};
beforeAll(async () => {
  vi.stubEnv('KUBECONFIG', '/somewhere/of/one/operator');
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs: given }) => {
      inputs[name] = given;
      return { id: name, state: given };
    },
    call: () => ({}),
  });
});
afterAll(() => vi.unstubAllEnvs());

describe('the provider of a cluster', () => {
  const provider = async (name: string, args: Parameters<typeof clusterProvider>[1]) => {
    const { urn } = clusterProvider(name, args);
    await new Promise((resolve) => urn.apply(resolve));
    return inputs[name];
  };

  it('keeps nothing of the kubeconfig of whoever runs the update', async () => {
    expect(await provider('own', { identifier: 'demo', context: 'demo' })).toEqual({
      context: 'demo',
      clusterIdentifier: 'demo',
      enableServerSideApply: 'true',
      enableConfigMapMutable: 'true',
      enableSecretMutable: 'true',
      suppressDeprecationWarnings: 'true',
      suppressHelmHookWarnings: 'true',
    });
  });

  it('keeps one that it is given', async () => {
    expect(await provider('given', { kubeconfig: 'kind: Config', context: 'demo' })).toMatchObject({
      kubeconfig: 'kind: Config',
    });
  });
});
