import { afterAll, expect, it } from 'vitest';
import { bootSteps } from '../../infra/node/boot-steps.ts';
import { pause } from '../../sandbox/kubernetes/collection.ts';
import { TestAccount } from './account.ts';
import { onMachines } from './on-machines.ts';
import { waitFor } from './progress.ts';
import type { TestMachine } from './test-machine.ts';

/** At the start of each step, and somewhere in the middle of those that take a while. */
const points: { step: string; milliseconds: number }[] = bootSteps.controller.flatMap(({ name }) =>
  ['requirements', 'volume', 'names', 'api'].includes(name)
    ? [{ step: name, milliseconds: 0 }]
    : [
        { step: name, milliseconds: 0 },
        { step: name, milliseconds: Math.round(200 + Math.random() * 4000) },
      ],
);

onMachines('a machine that dies while it founds a cluster', () => {
  const accounts: TestAccount[] = [];
  afterAll(() => Promise.all(accounts.map((account) => account.stop())));

  const found = async (): Promise<{ account: TestAccount; controller: TestMachine }> => {
    const account = await TestAccount.start();
    accounts.push(account);
    return { account, controller: await account.launchController('a') };
  };

  it('is tried at 22 points', () => expect(points).toHaveLength(22));

  it('becomes the machine that it would have become', async () => {
    const undisturbed = await found();
    await undisturbed.controller.running();
    const expected = await stateOf(undisturbed.account, undisturbed.controller);
    await undisturbed.account.stop();
    accounts.pop();

    const { account, controller } = await found();
    let firstKeys: string | undefined;
    for (const { step, milliseconds } of points) {
      const at = await waitFor(
        `the step ${step}`,
        // A step that is over within milliseconds may not have been seen, and one that was done before takes none.
        () => reached(controller, step) && controller.real.state,
        () => `${controller.real.state}\n${controller.bootLog.slice(-2000)}`,
      );
      await pause(milliseconds);
      await controller.real.stop();
      const keys = account.objects.get('k8s/test/pki/shared-keys');
      firstKeys ??= keys;
      expect(keys, `after ${step}`).toBe(firstKeys);
      console.log(`killed ${milliseconds} ms after ${at}`);
      await controller.real.start();
    }
    await controller.running();
    expect(firstKeys).toBeDefined();
    expect(account.objects.get('k8s/test/pki/shared-keys')).toBe(firstKeys);
    expect(await stateOf(account, controller)).toEqual(expected);
    // What ends it is that nothing moves any more.
  }, 3_600_000);
});

const order = [...bootSteps.controller.map(({ name }) => name), 'running'];

/** Whether the boot program, in this boot, is at a step or past it. */
function reached({ real }: TestMachine, step: string): boolean {
  const [at = ''] = (real.state ?? '').split(' ');
  return order.indexOf(at) >= order.indexOf(step);
}

/** What a machine has become, with everything that differs between two of them taken out. */
async function stateOf(account: TestAccount, controller: TestMachine): Promise<Record<string, unknown>> {
  const { cluster, member } = await controller.etcdIds();
  const number = account.surroundings.number;
  const ids: [string | RegExp, string][] = [
    [cluster, 'CLUSTER'],
    [member, 'MEMBER'],
    [controller.id, 'INSTANCE'],
    [account.volumes.a?.id ?? '-', 'VOLUME'],
    [new RegExp(`10\\.${number}\\.`, 'g'), '10.N.'],
    // Of a member that has started before; etcd heeds it only while it has no data.
    [/(initial-cluster-state(=|: ))(new|existing)/g, '$1STATE'],
  ];
  const plain = (text: string) => ids.reduce((rest, [id, name]) => rest.replaceAll(id, name), text);
  // As jsonpath shows it, in JSON.
  const authority = JSON.stringify(controller.real.read('/etc/kubernetes/pki/ca.crt')).slice(1, -1);
  const lines = async (command: string) => plain(await controller.out(command)).split('\n');
  const manifests = await controller.out('cd /etc/kubernetes/manifests && cat *.yaml');
  const configMaps = await controller.kubectl(
    `get configmaps -A -o jsonpath='{range .items[*]}{.metadata.namespace}/{.metadata.name} {.data}{"\\n"}{end}'`,
  );
  return {
    files: await lines('find /etc/kubernetes /etc/kubezero /etc/crio -type f | sort'),
    members: (await controller.members()).map(({ name, status, learner }) => ({ name, status, learner })),
    etcd: await lines('ls -A /var/lib/etcd | sort'),
    manifests: plain(manifests),
    configMaps: plain(configMaps.replaceAll(authority, 'AUTHORITY'))
      .split('\n')
      // Tokens' signatures, and the authority of requests, differ as keys do.
      .map((line) =>
        /^kube-public\/cluster-info|extension-apiserver-authentication/.test(line) ? line.split(' ')[0] : line,
      )
      .sort(),
    node: plain(
      await controller.kubectl(
        `get node ${controller.nodeName} -o jsonpath='{.metadata.labels}{.spec.taints}{.spec.providerID}{.status.addresses}'`,
      ),
    ),
    workloads: (await controller.kubectl('get daemonsets,deployments -A -o name')).split('\n'),
    bucket: [...account.objects.keys()].map(plain).sort(),
    founded: plain(account.objects.get('k8s/test/etcd/founded') ?? ''),
    recorded: plain(account.objects.get(`k8s/test/etcd/members/${controller.nodeName}`) ?? ''),
  };
}
