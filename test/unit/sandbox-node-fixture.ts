import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { ApiObject } from '../../sandbox/kubernetes/client.ts';
import { Instance, type Surroundings } from '../../sandbox/machines/instance.ts';
import { Kubelet } from '../../sandbox/machines/kubelet.ts';
import { MemoryApi } from './sandbox-api.ts';

export const name = 'demo-controller-b';
export let directory: string;
export let api: MemoryApi;
export let instances: Map<string, Instance>;
/** Phases of kubeadm that were asked for. */
export let phases: string[];

beforeEach(() => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'kubezero-node-'));
  api = new MemoryApi();
  instances = new Map();
  phases = [];
});
afterEach(async () => {
  for (const instance of instances.values()) {
    instance.power.abort(new Error('powered off'));
    await instance.kubelet?.powerOff();
  }
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

/** A controller b of this id, with a kubelet that hasn't started. */
export function machine(instanceId: string, kubernetesVersion = '1.22.8'): Instance & { kubelet: Kubelet } {
  const surroundings = {
    directory: { instances: join(directory, 'instances'), logs: join(directory, 'logs') },
    number: 2,
    client: api,
    instances,
    aws: { endpointUrl: '', region: 'eu-central-1' },
    tools: () => '/bin/sleep',
    flags: () => ({}),
    nameAddress: () => '127.2.255.10',
    kubeadm: async (_version: string, _root: string, args: string[]) => {
      phases.push(args[2] ?? '');
      return '';
    },
    log: () => {},
  } as unknown as Surroundings;
  const facts = { instanceId, privateIp: '10.0.2.10', zone: 'eu-central-1b', instanceType: 'm5.large' };
  const instance = new Instance(facts as Instance['machine'], surroundings);
  instance.config = {
    cluster: 'demo',
    role: 'controller',
    zone: facts.zone,
    nodeName: name,
    kubernetesVersion,
    os: 'Alpine',
    domain: 'demo.example.com',
    apiEndpoint: 'kube-api.demo.example.com:6443',
    region: 'eu-central-1',
    backupBucket: '',
    controllers: [],
  };
  mkdirSync(instance.path('/var/lib/kubelet'), { recursive: true });
  const labels = `topology.kubernetes.io/zone=${facts.zone},node.kubernetes.io/group=${instanceId}`;
  writeFileSync(
    instance.path('/var/lib/kubelet/kubeadm-flags.env'),
    `KUBELET_KUBEADM_ARGS="--node-labels=${labels} --provider-id=${instance.providerId}"\n`,
  );
  instances.set(instanceId, instance);
  return Object.assign(instance, { kubelet: new Kubelet(instance) });
}

/** A machine whose kubelet has started, some seconds ago. */
export async function started(
  instanceId: string,
  kubernetesVersion?: string,
): Promise<Instance & { kubelet: Kubelet }> {
  const instance = machine(instanceId, kubernetesVersion);
  await instance.kubelet.start();
  await seconds(2);
  return instance;
}

/** Powers a machine off for good. */
export async function gone(instance: Instance): Promise<void> {
  instances.delete(instance.machine.instanceId);
  instance.power.abort(new Error('powered off'));
  await instance.kubelet?.powerOff();
}

export const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
export const nodePath = `/api/v1/nodes/${name}`;
/** The condition Ready of a node or a pod. */
export const readiness = (object?: ApiObject) =>
  object?.status?.conditions?.find(({ type }: { type: string }) => type === 'Ready');
