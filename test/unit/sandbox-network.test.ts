import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FaultStore } from '../../sandbox/faults.ts';
import type { ApiObject } from '../../sandbox/kubernetes/client.ts';
import { networkAnnotation, networkFiles } from '../../sandbox/machines/cni.ts';
import type { Instance, Surroundings } from '../../sandbox/machines/instance.ts';
import { keepNetwork, networkPlugins } from '../../sandbox/nodes/network.ts';
import { waitingAnnotation } from '../../sandbox/nodes/stages.ts';
import { waitingReason } from '../../sandbox/nodes/waiting.ts';

type Container = Record<string, unknown>;

function plugin(name: string, container: Container = {}, path = '/etc/cni/net.d', readOnly = false): ApiObject {
  return {
    metadata: { name, namespace: 'kube-system' },
    spec: {
      nodeName: 'node-a',
      hostNetwork: true,
      volumes: [{ name: 'net', hostPath: { path } }],
      containers: [{ name, volumeMounts: [{ name: 'net', mountPath: '/host/etc/cni/net.d', readOnly }], ...container }],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}
const calico = plugin('install-cni');
const cilium = plugin('cilium-agent', { lifecycle: { preStop: { exec: { command: ['/cni-uninstall.sh'] } } } });
const multus = plugin('kube-multus', { args: ['--multus-conf-file=auto'] });

describe('which pods bring a network', () => {
  it('those that may write where the runtime looks for it', () => {
    expect(networkPlugins(plugin('a'))).toEqual([{ file: '10-a.conflist', inFront: false, leaves: false }]);
    expect(networkPlugins(plugin('a', {}, '/etc/cni/net.d/'))).toHaveLength(1);
    const { containers, ...spec } = calico.spec;
    expect(networkPlugins({ ...calico, spec: { ...spec, initContainers: containers, containers: [] } })).toHaveLength(
      1,
    );
  });

  it('none that only reads it, or has another directory', () => {
    expect(networkPlugins(plugin('a', {}, '/etc/cni/net.d', true))).toEqual([]);
    expect(networkPlugins(plugin('a', {}, '/opt/cni/bin'))).toEqual([]);
    expect(networkPlugins({ metadata: { name: 'p' }, spec: {} })).toEqual([]);
  });
});

describe('the network of a machine', () => {
  const roots: string[] = [];
  afterEach(() => {
    vi.useRealTimers();
    for (const root of roots.splice(0)) rmSync(root, { recursive: true });
  });

  /** A sandbox with one machine, whose pods are as given. */
  function sandbox() {
    const root = mkdtempSync(join(tmpdir(), 'kubezero-test-'));
    roots.push(root);
    const instance = { nodeName: 'node-a', kubelet: {}, path: (inside: string) => join(root, inside) } as Instance;
    const node: ApiObject = { metadata: { name: 'node-a' }, status: { nodeInfo: { machineID: 'i-1' } } };
    const all = new Map<string, ApiObject>();
    const patch = vi.fn(async (_path: string, { metadata }: ApiObject) => {
      node.metadata.annotations = { ...node.metadata.annotations, ...metadata.annotations };
    });
    const surroundings = { instances: new Map([['i-1', instance]]), client: { patch }, log: () => undefined };
    const view = {
      pods: { values: () => [...all.values()], get: (_namespace: string, name: string) => all.get(name) },
      nodes: { values: () => [node], get: (_: undefined, name: string) => (name === 'node-a' ? node : undefined) },
    };
    vi.useFakeTimers();
    const { onPod } = keepNetwork(surroundings as unknown as Surroundings, view as never);
    return {
      node,
      patch,
      shown: () => node.metadata.annotations?.[networkAnnotation],
      files: () => networkFiles(instance),
      /** A pod is there, or as it is now. */
      see(pod: ApiObject) {
        all.set(pod.metadata.name, pod);
        onPod('kube-system', pod.metadata.name);
      },
      gone: (pod: ApiObject) => all.delete(pod.metadata.name),
      second: () => vi.advanceTimersByTimeAsync(1_000),
    };
  }
  const leaving = (pod: ApiObject) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'now' } });

  it('is there once its plugin runs, and stays when the pod is gone', async () => {
    const { see, gone, second, files, shown } = sandbox();
    see({ ...calico, status: { phase: 'Pending' } });
    await second();
    expect(shown()).toBeUndefined();
    see(calico);
    expect(shown()).toBe('10-install-cni.conflist');
    see(leaving(calico));
    gone(calico);
    await second();
    expect(files()).toEqual(['10-install-cni.conflist']);
    expect(shown()).toBeTruthy();
  });

  it('goes with Cilium’s agent, and comes with the next one', async () => {
    const { see, files, shown } = sandbox();
    see(cilium);
    expect(shown()).toBe('10-cilium-agent.conflist');
    see(leaving(cilium));
    expect(files()).toEqual([]);
    expect(shown()).toBeNull();
    see(cilium);
    expect(shown()).toBe('10-cilium-agent.conflist');
  });

  it('is not brought by multus alone, which keeps it while another plugin is away', async () => {
    const { see, second, files, shown } = sandbox();
    see(multus);
    await second();
    expect(shown()).toBeUndefined();
    see(cilium);
    await second();
    expect(files()).toEqual(['00-multus.conf', '10-cilium-agent.conflist']);
    see(leaving(cilium));
    expect(files()).toEqual(['00-multus.conf']);
    expect(shown()).toBeTruthy();
  });

  it('is shown again on a Node that was registered anew, and as soon as the API takes it', async () => {
    const { see, second, shown, node, patch } = sandbox();
    patch.mockRejectedValueOnce(new Error('away'));
    see(calico);
    expect(shown()).toBeUndefined();
    await second();
    expect(shown()).toBeTruthy();
    node.metadata.annotations = {};
    await second();
    expect(shown()).toBeTruthy();
  });

  it('is not brought to the machine of another Node', async () => {
    const { see, second, files, node } = sandbox();
    node.status.nodeInfo.machineID = 'i-0';
    see(calico);
    await second();
    expect(files()).toEqual([]);
  });
});

describe('pods on a machine without network', () => {
  const faults = new FaultStore();
  const pending = { phase: 'Pending' };
  const reason = (spec: object, status: object, annotations: Record<string, string> = {}, network = false) =>
    waitingReason(
      { metadata: { name: 'a', annotations }, spec: { nodeName: 'node-a', ...spec }, status },
      { faults },
      [],
      network,
    );

  it('start only in the host’s', () => {
    expect(reason({}, pending)).toBe('ContainerCreating');
    expect(reason({ hostNetwork: true }, pending)).toBeUndefined();
    expect(reason({}, pending, {}, true)).toBeUndefined();
  });

  it('wait until it is there, and run on where it goes', () => {
    const marked = { [waitingAnnotation]: 'ContainerCreating' };
    expect(reason({}, { ...pending, podIP: '10.244.0.1' }, marked)).toBe('ContainerCreating');
    expect(reason({}, { ...pending, podIP: '10.244.0.1' }, marked, true)).toBeUndefined();
    expect(reason({}, { phase: 'Running', podIP: '10.244.0.1' })).toBeUndefined();
  });
});
