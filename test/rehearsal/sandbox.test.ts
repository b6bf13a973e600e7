import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdmissionregistrationV1Api, AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { upgradePod, upgradeScript } from '../../automation/upgrade/upgrade-pod.ts';
import { loadEnvironment } from '../../environment/environment.ts';
import { upgradeConfiguration } from '../../infra/node/upgrade.ts';
import { releases } from '../../releases/index.ts';
import { repositoryRoot } from '../../repository/root.ts';
import {
  addFault,
  clearFaults,
  rebootMachines,
  type SandboxHandle,
  type SandboxStatus,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../sandbox/client.ts';
import { processesOf } from '../../sandbox/processes.ts';
import { find, manifest } from '../unit/modules/context.ts';
import { SandboxAccount } from './sandbox-account.ts';
import { conditionsOf, isReady, networkPlugin, pod } from './sandbox-objects.ts';

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
/** What a pod waits for, else its phase. */
const reasonOf = async (name: string) => {
  const { status: found } = await core.readNamespacedPod({ namespace: 'default', name });
  return found?.containerStatuses?.[0]?.state?.waiting?.reason ?? found?.phase;
};

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
});

test('nodes are ready once a network plugin has been there, and not before', async () => {
  const nodes = await eventually(async () => {
    const { items } = await core.listNode();
    expect(items).toHaveLength(4);
    return items;
  });
  expect(nodes.filter(isReady)).toEqual([]);
  for (const { status: found } of nodes)
    expect(found?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
      'No CNI configuration file in /etc/cni/net.d/',
    );
  // Bound past the scheduler, which lets none of the kind onto such a node.
  const nodeName = nodes[0]?.metadata?.name;
  await core.createNamespacedPod({ namespace: 'default', body: pod('networked', { nodeName }) });
  await eventually(async () => expect(await reasonOf('networked')).toBe('ContainerCreating'));
  await apps.createNamespacedDaemonSet({ namespace: 'kube-system', body: networkPlugin });
  await eventually(async () => expect((await core.listNode()).items.filter(isReady)).toHaveLength(4));
  await eventually(async () => expect(await reasonOf('networked')).toBe('Running'));
});

test('kubelets put right what the node lifecycle controller says of pods on a node that is not ready', async () => {
  const namespace = 'kube-system';
  const own = await core.listNamespacedPod({ namespace, labelSelector: 'tier=control-plane' });
  const proxies = await core.listNamespacedPod({ namespace, labelSelector: 'k8s-app=kube-proxy' });
  const names = [own.items[0], proxies.items[0]].map((found) => found?.metadata?.name ?? '');
  for (const name of names)
    await core.patchNamespacedPodStatus({
      namespace,
      name,
      body: [{ op: 'add', path: '/status/conditions', value: conditionsOf('False') }],
    });
  await eventually(async () => {
    for (const name of names) expect(isReady(await core.readNamespacedPod({ namespace, name }))).toBe(true);
  });
});

test('a network outlives its pods and a reboot, and not the machine', async () => {
  const worker = async () => {
    const found = (await status()).instances.find(({ role }) => role === 'worker');
    const { items } = await core.listNode();
    const node = items.find(({ spec }) => spec?.providerID?.endsWith(`/${found?.instanceId}`));
    const file = join(sandbox.directory, 'instances', found?.instanceId ?? '', 'etc/cni/net.d/10-cni.conflist');
    return { ...found, joined: node !== undefined, ready: Boolean(node && isReady(node)), file: existsSync(file) };
  };
  const there = { joined: true, ready: true, file: true };
  expect(await worker()).toMatchObject(there);
  await apps.deleteNamespacedDaemonSet({ namespace: 'kube-system', name: 'network' });
  const labelSelector = 'app=network';
  await eventually(async () =>
    expect((await core.listNamespacedPod({ namespace: 'kube-system', labelSelector })).items).toEqual([]),
  );
  const { instanceId = '' } = await worker();
  await rebootMachines(sandbox.directory, instanceId);
  await eventually(async () => expect(await worker()).toMatchObject({ ...there, state: 'running' }));
  await account.terminate(instanceId);
  const missing = { joined: true, ready: false, file: false };
  await eventually(async () => {
    const next = await worker();
    expect(next).toMatchObject({ ...missing, state: 'running' });
    expect(next.instanceId).not.toBe(instanceId);
  });
  await apps.createNamespacedDaemonSet({ namespace: 'kube-system', body: networkPlugin });
  await eventually(async () => expect(await worker()).toMatchObject(there));
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
  // Pods of the DaemonSet have brought the network to the new machine.
  await eventually(async () => {
    const { items } = await core.listNode();
    expect(items.filter(isReady)).toHaveLength(4);
    expect(items.map(({ spec }) => spec?.providerID?.split('/').at(-1))).not.toContain(lost?.instanceId);
  });
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
  await addFault(sandbox.directory, { kind: 'pod', namespace: 'default', name: 'victim', reason: 'CrashLoopBackOff' });
  await core.createNamespacedPod({ namespace: 'default', body: pod('victim', {}) });
  await eventually(async () => expect(await reasonOf('victim')).toBe('CrashLoopBackOff'));
  await clearFaults(sandbox.directory);
  await eventually(async () => expect(await reasonOf('victim')).toBe('Running'));
});

test('the hourly backup stores a snapshot of etcd in the bucket, keys and configuration, by its own script', async () => {
  const batch = config.makeApiClient(BatchV1Api);
  const namespace = 'kube-system';
  const { objects } = manifest('addons', '1.21', { addons: { clusterBackup: { enabled: true } } });
  const { metadata, data } = find(objects, 'ConfigMap', 'kubezero-backup');
  await core.createNamespacedConfigMap({ namespace, body: { metadata, data } });
  const { spec } = find(objects, 'CronJob', 'kubezero-backup').spec.jobTemplate;
  const name = 'backup-cluster-now';
  await batch.createNamespacedJob({ namespace, body: { metadata: { name }, spec } });
  await eventually(async () => {
    const { status: found } = await batch.readNamespacedJob({ namespace, name });
    expect(found?.succeeded).toBe(1);
  });
  const folder = 'k8s/demo/clusterBackup/';
  const { etcd } = await status();
  const written = JSON.parse(await account.object(`${folder}latest.json`));
  expect(written).toMatchObject({ cluster: 'demo', kubernetesVersion: 'v1.21.9', etcd: { clusterId: etcd.clusterId } });
  const keys = written.objects.map(({ key }: { key: string }) => key);
  expect(keys.map((key: string) => key.slice(folder.length).replace(/^[^/]*\//, ''))).toEqual(
    expect.arrayContaining(['etcd.db', 'pki/shared-keys', 'kubeadm.yaml', 'kubeadm-config.yaml', 'node.yaml']),
  );
  expect(await account.objects()).toEqual(expect.arrayContaining(keys));
});

test('an upgrade pod that is killed and started again brings its controller to 1.22.8, and only that one', async () => {
  const namespace = 'kube-system';
  const [node = ''] = Object.keys((await status()).apiServers).sort();
  const files = upgradeConfiguration(environment, account.network, releases['1.22']);
  const data = { ...files, 'upgrade.sh': upgradeScript() };
  const body = upgradePod(releases['1.22'], node);
  const { name = '' } = body.metadata ?? {};
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data } });
  await core.createNamespacedPod({ namespace, body });
  // kubeadm has replaced the API server by then, and nothing else.
  await eventually(async () => expect((await status()).apiServers[node]).not.toBe('1.21.9'), 120);
  await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  expect(
    (await core.readNamespacedConfigMap({ namespace, name: 'kubeadm-config' })).data?.ClusterConfiguration,
  ).toContain('kubernetesVersion: v1.21.9');
  await eventually(() => core.createNamespacedPod({ namespace, body }));
  await eventually(async () => {
    const { status: found } = await core.readNamespacedPod({ namespace, name });
    expect(`${found?.phase} ${found?.containerStatuses?.[0]?.state?.terminated?.message ?? ''}`).toMatch(/^Succeeded/);
  }, 180);
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
