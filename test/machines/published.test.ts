import { afterAll, beforeAll, expect, it } from 'vitest';
import { getBucket } from '../../sandbox/aws/buckets.ts';
import { TestAccount } from './account.ts';
import { onMachines } from './on-machines.ts';
import type { TestMachine } from './test-machine.ts';

onMachines('what a controller of 1.21 writes for others', () => {
  let account: TestAccount;
  let controller: TestMachine;

  beforeAll(async () => {
    account = await TestAccount.start();
    controller = await account.launchController('a', { release: '1.21' });
    await controller.running();
  });

  afterAll(() => account?.stop());

  it('is published part by part, and again after a failure', async () => {
    const { objects } = getBucket(account.account, account.bucketName);
    const documents = getBucket(account.account, 'test-oidc').objects;
    const parts = ['join-token', 'pki/ca.crt'].map((name) => `k8s/test/${name}`);
    expect([...documents.keys()].sort()).toEqual([
      'k8s/test/.well-known/openid-configuration',
      'k8s/test/openid/v1/jwks',
    ]);
    for (const key of parts) objects.delete(key);
    documents.clear();
    const [zone] = account.account.hostedZones.values();
    zone?.records.delete('kube-api.test.example.com. A');
    account.faults.add({ kind: 'aws', operation: 'route53:ChangeResourceRecordSets', error: 'denied' });
    await controller.reboot();
    expect(await controller.saying(/^publish \d+ not published: api_record \(see above\)$/)).toBeDefined();
    for (const key of parts) expect([...objects.keys()]).toContain(key);
    expect(documents.size).toBe(2);
    expect(controller.real.console()).toContain('kubezero publish: not published: api_record');
    account.faults.clear();
    await controller.exec('pkill -x sleep');
    await controller.running();
    expect(zone?.records.get('kube-api.test.example.com. A')?.values).toEqual([controller.real.address]);
  });

  it('leaves what an upgraded cluster has, when a controller of before the upgrade is replaced', async () => {
    const objects = [
      'configmap/kubeadm-config',
      'configmap/kubelet-config-1.21',
      'configmap/kube-proxy',
      'configmap/coredns',
      'daemonset/kube-proxy',
      'deployment/coredns',
    ];
    const image = (name: string, tag: string) => `set image ${name} '*=k8s.gcr.io/${tag}'`;
    await controller.kubectl(`-n kube-system ${image('daemonset/kube-proxy', 'kube-proxy:v1.22.8')}`);
    await controller.kubectl(`-n kube-system ${image('deployment/coredns', 'coredns/coredns:v1.8.4')}`);
    const configuration = await controller.kubectl('-n kube-system get configmap kubeadm-config -o yaml');
    await controller.kubectl('replace -f -', configuration.replaceAll('1.21.9', '1.22.8'));
    const written = async () => {
      const template =
        '{range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.generation} {.data} {.spec}{"\\n"}{end}';
      return controller.kubectl(`-n kube-system get ${objects.join(' ')} -o jsonpath='${template}'`);
    };
    const before = await written();
    expect(before).toContain('1.22.8');
    expect(before).not.toContain('kubernetesVersion: v1.21.9');
    await account.terminate(controller);
    controller = await account.launchController('a', { release: '1.21' });
    await controller.running();
    expect(await written()).toBe(before);
  });
});
