import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { machineOfNode, networkAnnotation, writeNetworkFile } from '../../sandbox/machines/cni.ts';
import { Machines } from '../../sandbox/machines/host.ts';
import type { Surroundings } from '../../sandbox/machines/instance.ts';
import { kubeletLabel, nodeLostReason } from '../../sandbox/machines/node.ts';
import { keepLeases } from '../../sandbox/nodes/leases.ts';
import { api, gone, instances, machine, name, nodePath, readiness, seconds, started } from './sandbox-node-fixture.ts';

const old = 'aws:///eu-central-1b/i-old';
const own = 'aws:///eu-central-1b/i-new';
const registrations = () => api.changes.filter((change) => change === 'POST /api/v1/nodes');

/** The node of a machine of 1.21 that is gone, as it left it: a controller with a network, cordoned. */
async function leaveNode(): Promise<void> {
  const before = machine('i-old', '1.21.9');
  writeNetworkFile(before, '10-cilium.conflist');
  await before.kubelet.start();
  await seconds(2);
  await api.patch(nodePath, {
    metadata: { labels: { 'node-role.kubernetes.io/master': '', 'node.kubernetes.io/exclude': '' } },
    spec: { unschedulable: true },
  });
  await gone(before);
  api.changes.length = 0;
}

describe('a kubelet that finds no node of its name', () => {
  test('registers one with its provider id, as soon as the API takes it', async () => {
    api.away = () => true;
    await started('i-new');
    expect(api.node(name)).toBeUndefined();
    api.away = () => false;
    await seconds(1);
    expect(api.node(name)).toMatchObject({
      metadata: {
        labels: { [kubeletLabel]: '1.22', 'kubernetes.io/hostname': name, 'node.kubernetes.io/group': 'i-new' },
      },
      spec: { providerID: own },
      status: { nodeInfo: { kubeletVersion: 'v1.22.8', machineID: 'i-new' } },
    });
    expect(registrations()).toHaveLength(1);
  });

  test('doesn’t register again when it is deleted under it, before it is restarted', async () => {
    const { kubelet } = await started('i-new');
    await api.delete(nodePath);
    await seconds(3_600);
    expect(api.node(name)).toBeUndefined();
    kubelet.restart();
    await seconds(1);
    expect(api.node(name)?.spec.providerID).toBe(own);
    expect(registrations()).toHaveLength(2);
  });

  test('registers once where it is restarted while it tries', async () => {
    api.away = () => true;
    const { kubelet } = await started('i-new');
    kubelet.restart();
    kubelet.restart();
    await seconds(1);
    api.away = () => false;
    await seconds(5);
    expect(api.changes.filter((change) => change.includes('/nodes'))).toEqual(['POST /api/v1/nodes']);
  });

  test('tries no longer once the machine is powered off', async () => {
    api.away = () => true;
    await gone(await started('i-new'));
    api.away = () => false;
    await seconds(60);
    expect(api.changes).toEqual([]);
  });
});

describe('a kubelet that finds a node of its name', () => {
  test('takes it for its own: its status is this machine’s, what it was registered with stays', async () => {
    await leaveNode();
    await started('i-new');
    const { metadata, spec, status } = api.node(name) ?? { metadata: { name: '' } };
    expect(metadata.labels).toMatchObject({
      [kubeletLabel]: '1.22',
      'node-role.kubernetes.io/master': '',
      'node.kubernetes.io/group': 'i-old',
    });
    expect(spec).toMatchObject({ providerID: old, unschedulable: true });
    expect(status.nodeInfo).toMatchObject({ kubeletVersion: 'v1.22.8', machineID: 'i-new' });
  });

  test('says at once that this machine has no network yet', async () => {
    await leaveNode();
    expect(api.node(name)?.metadata.annotations).toHaveProperty([networkAnnotation]);
    await started('i-new');
    expect(api.node(name)?.metadata.annotations).not.toHaveProperty([networkAnnotation]);
    expect(readiness(api.node(name))).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
  });

  test('doesn’t register when that is deleted, before it is restarted', async () => {
    await leaveNode();
    const { kubelet } = await started('i-new');
    await api.delete(nodePath);
    await seconds(3_600);
    expect(api.node(name)).toBeUndefined();
    kubelet.restart();
    await seconds(1);
    expect(api.node(name)).toMatchObject({ spec: { providerID: own } });
    expect(api.node(name)?.spec).not.toHaveProperty('unschedulable');
  });

  test('starts all pods on it again that haven’t ended, and no pod a second time', async () => {
    const pods = '/api/v1/namespaces/kube-system/pods';
    const bound = (pod: string, phase: string, annotations = {}) =>
      api.put(pods, {
        metadata: { name: pod, namespace: 'kube-system', annotations },
        spec: { nodeName: name },
        status: { phase },
      });
    bound('runs', 'Running');
    bound('ended', 'Succeeded');
    bound('mirror', 'Running', { 'kubernetes.io/config.mirror': 'a' });
    const { kubelet } = await started('i-new');
    expect(api.pod('runs')?.status.phase).toBe('Pending');
    expect(api.pod('ended')?.status.phase).toBe('Succeeded');
    expect(api.pod('mirror')).toBeUndefined();
    bound('runs', 'Running');
    kubelet.restart();
    await seconds(2);
    expect(api.pod('runs')?.status.phase).toBe('Running');
  });

  test('has it known as the node of its machine, whose lease it renews', async () => {
    await leaveNode();
    const instance = await started('i-new');
    const nodes = { get: () => api.node(name) };
    expect(machineOfNode({ instances }, api.node(name))).toBe(instance);
    const timer = keepLeases(instance.surroundings, { nodes } as never);
    await seconds(11);
    expect(api.objects.get(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`)).toMatchObject({
      metadata: { ownerReferences: [{ uid: api.node(name)?.metadata.uid }] },
    });
    await api.delete(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`);
    await gone(instance);
    await seconds(60);
    expect([...api.objects.keys()].filter((key) => key.includes('/leases/'))).toEqual([]);
    clearInterval(timer);
  });
});

describe('a machine that is gone', () => {
  const terminate = async (instance: { surroundings: Surroundings; machine: { instanceId: string } }) => {
    await new Machines({ ...instance.surroundings, faults: { onChange() {} } } as unknown as Surroundings).terminate(
      instance.machine.instanceId,
    );
    await seconds(2);
  };
  const runs = () =>
    api.put('/api/v1/namespaces/kube-system/pods', {
      metadata: { name: 'runs', namespace: 'kube-system' },
      spec: { nodeName: name },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });

  test('leaves a node that nobody says anything of, with pods that aren’t ready', async () => {
    const instance = await started('i-old');
    runs();
    await terminate(instance);
    expect(readiness(api.node(name))).toMatchObject({ status: 'Unknown' });
    expect(api.node(name)?.metadata.labels).not.toHaveProperty([kubeletLabel]);
    expect(readiness(api.pod('runs'))).toMatchObject({ status: 'False', reason: nodeLostReason });
  });

  test('leaves the node alone that another machine’s kubelet has taken, or is about to', async () => {
    const before = await started('i-old');
    api.away = () => true;
    await terminate(before);
    machine('i-new');
    runs();
    api.away = () => false;
    await seconds(5);
    expect(readiness(api.node(name))).not.toMatchObject({ status: 'Unknown' });
    expect(readiness(api.pod('runs'))).toMatchObject({ status: 'True' });
  });

  test('leaves the node alone that another kubelet takes in the same moment', async () => {
    const before = await started('i-old');
    api.away = (method) => {
      if (method !== 'PATCH') return false;
      api.away = () => false;
      const found = api.node(name)!;
      api.put('/api/v1/nodes', { ...found, status: { ...found.status, nodeInfo: { machineID: 'i-new' } } });
      return false;
    };
    await terminate(before);
    expect(api.node(name)?.metadata.labels).toHaveProperty([kubeletLabel]);
    expect(readiness(api.node(name))).not.toMatchObject({ status: 'Unknown' });
  });
});

describe('static pods', () => {
  const pod = () => api.pod(`etcd-${name}`);

  test('are shown on the node that there is, and on none that was deleted', async () => {
    vi.useRealTimers();
    const instance = machine('i-new');
    mkdirSync(instance.path('/etc/kubernetes/manifests'), { recursive: true });
    const container = { name: 'etcd', image: 'etcd:3.5.0', command: ['sleep', '60'] };
    const manifest = { metadata: { name: 'etcd', namespace: 'kube-system' }, spec: { containers: [container] } };
    writeFileSync(instance.path('/etc/kubernetes/manifests/etcd.yaml'), JSON.stringify(manifest));
    await instance.kubelet.start();
    const owner = () => pod()?.metadata.ownerReferences?.[0]?.uid;
    await vi.waitFor(() => expect(owner()).toBe(api.node(name)?.metadata.uid ?? 'none'));
    // The garbage collector deletes what the node owned.
    await api.delete(nodePath);
    await api.delete(`/api/v1/namespaces/kube-system/pods/etcd-${name}`);
    instance.kubelet.mirrorChanged(`etcd-${name}`, undefined);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(pod()).toBeUndefined();
    instance.kubelet.restart();
    await vi.waitFor(() => expect(owner()).toBe(api.node(name)?.metadata.uid ?? 'none'));
    expect(instance.kubelet.components()).toMatchObject([{ component: 'etcd', restarts: 0 }]);
  });
});
