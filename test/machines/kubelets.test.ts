import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestAccount } from './account.ts';
import { networkPods } from './network-pods.ts';
import { onMachines } from './on-machines.ts';
import { waitFor } from './progress.ts';
import type { TestMachine } from './test-machine.ts';

// The control plane of 1.21, and workers of both releases, as in the middle of an upgrade that went on too early.
// The cluster's configuration is for kubelets on machines of 1.21: these leave the kernel as it is, and their system has its
// resolvers elsewhere.
const asOf121 = [
  'sysctl -w vm.overcommit_memory=1 kernel.panic=10 kernel.panic_on_oops=1',
  'mkdir -p /run/systemd/resolve',
  '[ -e /run/systemd/resolve/resolv.conf ] || ln -s /etc/resolv.conf /run/systemd/resolve/resolv.conf',
].join('\n');

onMachines('what the Istio gateways ask of a kubelet', () => {
  let account: TestAccount;
  let controller: TestMachine;

  beforeAll(async () => {
    account = await TestAccount.start();
    controller = await account.launchController('a', { release: '1.21' });
    await controller.running();
    await controller.kubectl('apply -f -', JSON.stringify(networkPods));
    await controller.kubectl('create serviceaccount default').catch(() => undefined);
  });

  afterAll(() => account?.stop());

  const podOn = (worker: TestMachine, name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: worker.nodeName,
      automountServiceAccountToken: false,
      securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
      containers: [{ name: 'gateway', image: 'example.com/gateway:1', ports: [{ containerPort: 80 }] }],
    },
  });

  it.each([
    ['1.21', 'v1.21.9', 'Failed', 'SysctlForbidden'],
    ['1.22', 'v1.22.8', 'Running', ''],
  ] as const)(
    'of %s (%s): a pod with net.ipv4.ip_unprivileged_port_start is %s %s',
    async (release, version, phase, reason) => {
      const worker = await account.launchWorker(release, { before: asOf121 });
      await worker.running();
      const kubelet = `get node ${worker.nodeName} -o jsonpath={.status.nodeInfo.kubeletVersion}`;
      expect(await controller.kubectl(kubelet)).toBe(version);
      const name = `gateway-${release.replace('.', '-')}`;
      await controller.kubectl('create -f -', JSON.stringify(podOn(worker, name)));
      const status = () => controller.kubectl(`get pod ${name} -o jsonpath='{.status.phase} {.status.reason}'`);
      await waitFor(`pod ${name}`, async () => !(await status()).startsWith('Pending'), status);
      expect(await status()).toBe(`${phase} ${reason}`.trim());
      if (phase === 'Running') {
        const crictl = 'crictl -r unix:///var/run/crio/crio.sock';
        const pid = await worker.out(
          `${crictl} inspect -o go-template --template '{{.info.pid}}' "$(${crictl} ps -q --name gateway)"`,
        );
        const set = await worker.out(`nsenter -t ${pid} -n cat /proc/sys/net/ipv4/ip_unprivileged_port_start`);
        expect(set).toBe('0');
      }
      await account.terminate(worker);
    },
  );
});
