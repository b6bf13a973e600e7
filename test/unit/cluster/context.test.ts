import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCluster } from '../../../automation/live/kubernetes/client.ts';
import type { UpgradeContext } from '../../../automation/upgrade/context.ts';
import { context } from '../../../automation/upgrade/steps/context.ts';

const kubeconfig = `apiVersion: v1
kind: Config
current-context: staging
clusters: [{name: staging, cluster: {server: "https://staging.example.com:6443"}}]
users: [{name: admin, user: {}}]
contexts: [{name: staging, context: {cluster: staging, user: admin}}]
`;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  writeFileSync(join(directory, 'config'), kubeconfig);
  vi.stubEnv('KUBECONFIG', join(directory, 'config'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

describe('the kube context', () => {
  it('must be in the kubeconfig; the message says which are', () => {
    expect(() => openCluster('demo')).toThrow('no kube context "demo"; there is "staging"');
  });

  it('is used whatever the current one is', () => {
    writeFileSync(join(directory, 'config'), kubeconfig.replace('current-context: staging', 'current-context: other'));
    expect(openCluster('staging').server).toBe('https://staging.example.com:6443');
  });

  it('says where a kubeconfig is that can’t be read', () => {
    writeFileSync(join(directory, 'config'), 'clusters: [');
    expect(() => openCluster('demo')).toThrow(/can't read the kubeconfig/);
  });
});

/** A cluster whose kubeadm-config says this. */
function clusterThatSays(configuration: string | undefined): UpgradeContext {
  const map = { data: configuration ? { ClusterConfiguration: configuration } : {} };
  return {
    environment: { name: 'demo', apiHost: 'kube-api.demo.example.com' },
    cluster: { context: 'demo', server: 'https://10.0.0.1:6443', core: { readNamespacedConfigMap: async () => map } },
  } as unknown as UpgradeContext;
}

describe('the cluster behind the context', () => {
  it('is accepted when it carries the environment’s name and API endpoint', async () => {
    const demo =
      'clusterName: demo\ncontrolPlaneEndpoint: kube-api.demo.example.com:6443\nkubernetesVersion: v1.21.9\n';
    await expect(context.run(clusterThatSays(demo))).resolves.toBeUndefined();
  });

  it('is refused when it is another cluster, before anything is touched', async () => {
    const other = 'clusterName: production\ncontrolPlaneEndpoint: kube-api.example.com:6443\n';
    await expect(context.run(clusterThatSays(other))).rejects.toMatchObject({
      message:
        'kube context "demo" is cluster production (kube-api.example.com:6443), not demo (kube-api.demo.example.com:6443)',
      state: 'nothing was touched',
      exitCode: 3,
    });
  });

  it('is refused when it isn’t a KubeZero cluster at all', async () => {
    await expect(context.run(clusterThatSays(undefined))).rejects.toThrow(/not a KubeZero cluster/);
  });
});
