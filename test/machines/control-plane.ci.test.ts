import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestAccount } from './account.ts';
import { networkPods } from './network-pods.ts';
import { onMachines } from './on-machines.ts';
import { waitFor } from './progress.ts';
import type { TestMachine } from './test-machine.ts';

onMachines('a control plane that really boots', () => {
  let account: TestAccount;
  let controller: TestMachine;
  let ids: { cluster: string; member: string };
  let keys: Record<string, string>;
  let configuration: string;
  let shared: string | undefined;

  beforeAll(async () => {
    account = await TestAccount.start();
    controller = await account.launchController('a');
    await controller.running();
  });

  afterAll(() => account?.stop());

  const nodeReady = (machine: TestMachine) =>
    waitFor(
      `node ${machine.nodeName} to be ready`,
      async () => (await conditionOf(machine)) === 'True',
      () => conditionOf(machine),
    );
  const conditionOf = (machine: TestMachine) =>
    controller
      .kubectl(`get node ${machine.nodeName} -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}'`)
      .catch((error: Error) => error.message);
  /** What nothing but an upgrade may change. */
  const clusterConfiguration = () =>
    controller.kubectl('-n kube-system get configmap kubeadm-config -o jsonpath={.metadata.uid}{.data}');
  /** That the machine has the cluster as it was, and is its node. */
  const same = async () => {
    expect(await controller.etcdIds()).toEqual(ids);
    expect(await controller.keys()).toEqual(keys);
    expect(await clusterConfiguration()).toBe(configuration);
    expect(account.objects.get('k8s/test/pki/shared-keys')).toBe(shared);
    expect(await controller.kubectl(`get node ${controller.nodeName} -o jsonpath={.spec.providerID}`)).toBe(
      `aws:///eu-central-1a/${controller.id}`,
    );
    await nodeReady(controller);
  };

  it('founds a cluster whose node gets ready with the network', async () => {
    await controller.kubectl('apply -f -', JSON.stringify(networkPods));
    await nodeReady(controller);
    expect([...account.objects.keys()].sort()).toEqual(
      expect.arrayContaining([
        `k8s/test/boot-log/${controller.nodeName}/${controller.id}.log`,
        'k8s/test/etcd/founded',
        `k8s/test/etcd/members/${controller.nodeName}`,
        'k8s/test/join-token',
        'k8s/test/pki/ca.crt',
        'k8s/test/pki/shared-keys',
      ]),
    );
    ids = await controller.etcdIds();
    expect(account.objects.get(`k8s/test/etcd/members/${controller.nodeName}`)?.trim()).toBe(
      `${ids.cluster} ${ids.member} ${account.volumes.a?.id}`,
    );
    await controller.writeKeys('first', 300);
    keys = await controller.keys();
    expect(Object.keys(keys)).toHaveLength(300);
    configuration = await clusterConfiguration();
    expect(configuration).toContain('1.22.8');
    shared = account.objects.get('k8s/test/pki/shared-keys');
  });

  it('takes a worker in, by kubeadm join', async () => {
    const worker = await account.launchWorker();
    await worker.running();
    expect(worker.bootLog).toContain('This node has joined the cluster');
    await nodeReady(worker);
    await account.terminate(worker);
    await controller.kubectl(`delete node ${worker.nodeName}`);
  });

  it('comes back from a reboot with the same member of the same cluster, and every key', async () => {
    const { bootId } = controller;
    await controller.reboot();
    expect(controller.bootId).not.toBe(bootId);
    await controller.running();
    await same();
  });

  it('outlives its machine: the next one has the volume, the member and every key', async () => {
    const { id, nodeName } = controller;
    await account.terminate(controller);
    controller = await account.launchController('a');
    await controller.running();
    expect(controller.id).not.toBe(id);
    expect(controller.nodeName).toBe(nodeName);
    await same();
  });
});
