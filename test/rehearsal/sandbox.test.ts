import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdmissionregistrationV1Api, AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { upgradeConfiguration } from '../../infra/node/upgrade.ts';
import { releases } from '../../releases/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import {
  addFault,
  clearFaults,
  type SandboxHandle,
  type SandboxStatus,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../sandbox/client.ts';
import { processesOf } from '../../sandbox/processes.ts';
import { loadEnvironment } from '../../stacks/environment.ts';
import { SandboxAccount } from './sandbox-account.ts';

const environment = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
const directory = mkdtempSync(join(tmpdir(), 'kubezero-sandbox-'));
const labels = { app: 'judge' };
let sandbox: SandboxHandle;
let account: SandboxAccount;
let core: CoreV1Api;
let apps: AppsV1Api;
let config: KubeConfig;

const eventually = <T>(check: () => Promise<T>, seconds = 60) =>
  vi.waitFor(check, { timeout: seconds * 1000, interval: 200 });
const status = () => sandboxStatus(sandbox.directory);
const controllers = (found: SandboxStatus) => found.instances.filter(({ role }) => role === 'controller');
const pod = (name: string, spec: object) => ({
  metadata: { name },
  spec: { containers: [{ name: 'a', image: 'a' }], ...spec },
});

/** Every controller up, each API server answering. */
async function whole(): Promise<SandboxStatus> {
  return eventually(async () => {
    const found = await status();
    expect(controllers(found).map(({ state }) => state)).toEqual(['running', 'running', 'running']);
    expect(Object.keys(found.apiServers)).toHaveLength(3);
    return found;
  }, 120);
}

beforeAll(async () => {
  sandbox = await startSandbox({ directory: join(directory, 'sandbox'), name: environment.name });
  account = new SandboxAccount(environment, sandbox.env);
  await account.launch(releases['1.21']);
  config = new KubeConfig();
  config.loadFromFile(sandbox.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
  await whole();
  // Made by the controller-manager; no pod is admitted without.
  await eventually(() => core.readNamespacedServiceAccount({ namespace: 'default', name: 'default' }));
}, 180_000);

afterAll(async () => {
  await stopSandbox(sandbox.directory);
  expect(await processesOf(sandbox.directory)).toEqual([]);
  rmSync(directory, { recursive: true, force: true });
}, 30_000);

test('three controllers boot from their user data into one etcd cluster, each on its own volume', async () => {
  const { etcd, apiServers, volumes } = await status();
  expect(etcd.clusterId).toMatch(/^[0-9a-f]{10,}$/);
  expect(etcd.members.map(({ name }) => name).sort()).toEqual(Object.keys(apiServers).sort());
  expect(new Set(etcd.members.map(({ volumeId }) => volumeId)).size).toBe(3);
  for (const { volumeId = '' } of etcd.members) expect(volumes[volumeId]).toMatchObject({ member: true });
  expect(new Set(Object.values(apiServers))).toEqual(new Set(['1.21.9']));
  await eventually(async () => {
    const { items } = await core.listNode();
    const ready = items.filter((node) =>
      node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );
    expect(ready).toHaveLength(4);
  });
});

test('a controller that is replaced comes back as the same etcd member with the same data', async () => {
  await core.createNamespacedConfigMap({
    namespace: 'default',
    body: { metadata: { name: 'kept' }, data: { a: 'b' } },
  });
  const before = await status();
  const [lost] = controllers(before);
  await account.terminate(lost?.instanceId ?? '');
  const after = await eventually(async () => {
    const found = await whole();
    expect(controllers(found).map(({ instanceId }) => instanceId)).not.toContain(lost?.instanceId);
    return found;
  });
  const ids = ({ etcd }: SandboxStatus) =>
    etcd.members.map(({ id, name, volumeId }) => `${id} ${name} ${volumeId}`).sort();
  expect(ids(after)).toEqual(ids(before));
  expect(after.etcd.clusterId).toBe(before.etcd.clusterId);
  expect((await core.readNamespacedConfigMap({ namespace: 'default', name: 'kept' })).data).toEqual({ a: 'b' });
});

test('a 1.21 kubelet rejects the sysctl that the 1.22 gateways ask for', async () => {
  const sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }];
  await core.createNamespacedPod({ namespace: 'default', body: pod('gateway', { securityContext: { sysctls } }) });
  await eventually(async () => {
    const { status: found } = await core.readNamespacedPod({ namespace: 'default', name: 'gateway' });
    expect(found).toMatchObject({ phase: 'Failed', reason: 'SysctlForbidden' });
  });
});

test('a webhook answers only while the workload behind it runs', async () => {
  const name = 'judge';
  const namespace = 'default';
  await apps.createNamespacedDeployment({
    namespace,
    body: {
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod('', {}).spec },
      },
    },
  });
  await core.createNamespacedService({
    namespace,
    body: { metadata: { name }, spec: { selector: labels, ports: [{ port: 443 }] } },
  });
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  await config.makeApiClient(AdmissionregistrationV1Api).createValidatingWebhookConfiguration({
    body: {
      metadata: { name },
      webhooks: [
        {
          name: 'judge.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { service: { name, namespace, path: '/judge' } },
          rules: [rule],
          objectSelector: { matchLabels: { judged: 'yes' } },
        },
      ],
    },
  });
  const create = (suffix: string) =>
    core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: `judged-${suffix}`, labels: { judged: 'yes' } } },
    });
  await eventually(() => expect(create('down')).rejects.toThrow(/failed calling webhook/));
  await apps.patchNamespacedDeployment({
    namespace,
    name,
    body: [{ op: 'replace', path: '/spec/replicas', value: 1 }],
  });
  await eventually(() => create('up'));
});

test('a fault keeps a pod in a crash loop until it is cleared', async () => {
  const reasonOf = async () => {
    const { status: found } = await core.readNamespacedPod({ namespace: 'default', name: 'victim' });
    return found?.containerStatuses?.[0]?.state?.waiting?.reason ?? found?.phase;
  };
  await addFault(sandbox.directory, { kind: 'pod', namespace: 'default', name: 'victim', reason: 'CrashLoopBackOff' });
  await core.createNamespacedPod({ namespace: 'default', body: pod('victim', {}) });
  await eventually(async () => expect(await reasonOf()).toBe('CrashLoopBackOff'));
  await clearFaults(sandbox.directory);
  await eventually(async () => expect(await reasonOf()).toBe('Running'));
});

test('a backup job stores a snapshot of etcd in the bucket', async () => {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } };
  const batch = config.makeApiClient(BatchV1Api);
  const name = 'backup-cluster-now';
  await batch.createNamespacedJob({ namespace: 'kube-system', body: { metadata: { name }, spec: { template } } });
  await eventually(async () => {
    const { status: found } = await batch.readNamespacedJob({ namespace: 'kube-system', name });
    expect(found?.succeeded).toBe(1);
  });
  expect((await account.objects()).some((key) => /^k8s\/demo\/clusterBackup\/.*\.db$/.test(key))).toBe(true);
});

test('an upgrade pod brings the API server of its controller to 1.22.8, and only that one', async () => {
  const name = 'kubezero-upgrade';
  const [node = ''] = Object.keys((await status()).apiServers).sort();
  const data = upgradeConfiguration(environment, account.network, releases['1.22']);
  await core.createNamespacedConfigMap({ namespace: 'kube-system', body: { metadata: { name }, data } });
  await core.createNamespacedPod({
    namespace: 'kube-system',
    body: {
      metadata: { name, labels: { app: name } },
      spec: {
        restartPolicy: 'Never',
        nodeSelector: { 'kubernetes.io/hostname': node },
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'a', image: 'a' }],
        volumes: [{ name, configMap: { name } }],
      },
    },
  });
  await eventually(async () => {
    const { status: found } = await core.readNamespacedPod({ namespace: 'kube-system', name });
    expect(found?.phase).toBe('Succeeded');
  });
  const { apiServers } = await whole();
  expect(apiServers).toEqual({
    ...Object.fromEntries(Object.keys(apiServers).map((key) => [key, '1.21.9'])),
    [node]: '1.22.8',
  });
  const map = await core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'kubeadm-config' });
  expect(map.data?.ClusterConfiguration).toContain('kubernetesVersion: v1.22.8');
});

test('what a killed daemon leaves running is stopped', async () => {
  const { pid } = JSON.parse(readFileSync(join(sandbox.directory, 'sandbox.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await eventually(async () => await expect(sandboxStatus(sandbox.directory)).rejects.toThrow('not running any more'));
  expect((await processesOf(sandbox.directory)).length).toBeGreaterThan(8);
  expect(await stopSandbox(sandbox.directory)).toBe(true);
  expect(await processesOf(sandbox.directory)).toEqual([]);
});
