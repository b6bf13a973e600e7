import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ControllersOutputs, NetworkOutputs, WorkersOutputs } from '../../environment/outputs.ts';
import { controllerProgram, programKey } from '../../infra/node/boot-program.ts';
import { unpackInstaller } from '../../infra/node/installer.ts';
import { DemoAccount } from './demo-account.ts';

/** What an edit of the scripts adds to the program of controllers. */
const edit = vi.hoisted(() => ({ text: '' }));
vi.mock('../../infra/node/boot-program.ts', async (original) => {
  const actual = await original<typeof import('../../infra/node/boot-program.ts')>();
  return {
    ...actual,
    controllerProgram: () => {
      const content = actual.controllerProgram().content + edit.text;
      return { content, digest: createHash('sha256').update(content).digest('hex') };
    },
  };
});

/** The real engine on the simulated account; the tests follow one another as an operator's day does. */
let account: DemoAccount;
beforeAll(async () => {
  account = await DemoAccount.start();
});
afterAll(() => account?.stop());

describe('pulumi from a shell', () => {
  it('previews a layer by its stack name', async () => {
    await account.pulumi('stack', 'init', 'demo-network');
    const { all, exitCode } = await account.pulumi('preview', '-s', 'demo-network');
    expect(all).toContain('kubezero:infra:Network');
    expect(exitCode).toBe(0);
  });

  it('says what is wrong with a stack name, in one line', async () => {
    await account.pulumi('stack', 'init', 'demo-netwrok');
    const { all, exitCode } = await account.pulumi('preview', '-s', 'demo-netwrok');
    expect(all).toContain('"demo-netwrok" is no stack of this project: expected <environment>-<layer>');
    expect(all).not.toMatch(/^\s+at .*\.ts/m);
    expect(exitCode).not.toBe(0);
  });

  it('says what is missing of an environment, and where', async () => {
    await account.pulumi('stack', 'init', 'demoo-network');
    const { all } = await account.pulumi('preview', '-s', 'demoo-network');
    expect(all).toContain('there is no environment "demoo"');
    expect(all).toContain('did you mean "demo"?');
  });
});

describe('the layers of the demo environment', () => {
  it('controllers don’t come before their network', async () => {
    await expect(account.up('controllers')).rejects.toThrow("stack demo-network isn't deployed");
  });

  it('network: a public and a private subnet in each zone, keys, identities', async () => {
    const { outputs } = await account.up('network');
    const network = outputs as unknown as NetworkOutputs;
    expect(Object.keys(network.privateSubnetIds)).toEqual(['eu-central-1a', 'eu-central-1b', 'eu-central-1c']);
    expect(Object.keys(network.publicSubnetIds)).toEqual(Object.keys(network.privateSubnetIds));
    expect(network.apiEndpoint).toBe('kube-api.demo.example.com:6443');
    expect(network.oidcIssuer).toBe(`https://s3.eu-central-1.amazonaws.com/demo-oidc-${network.accountId}/k8s/demo`);
    expect(network.roleArns['cert-manager']).toBe(
      `arn:aws:iam::${network.accountId}:role/eu-central-1.demo.certManager`,
    );
    expect(Object.keys(network.roleArns).sort()).toEqual([
      'alertmanager',
      'aws-ebs-csi-driver',
      'aws-efs-csi-driver',
      'aws-node-termination-handler',
      'cert-manager',
      'cluster-backup',
      'elasticsearch',
      'external-dns',
      'forseti',
      'jenkins-agent',
    ]);
  });

  it('controllers: one machine in each zone, beside a volume of its own', async () => {
    const { outputs } = await account.up('controllers');
    const controllers = outputs as unknown as ControllersOutputs;
    expect(controllers.release).toBe('1.21');
    expect(controllers.nodeNames['eu-central-1b']).toBe('demo-controller-b');
    await expect.poll(() => addresses('controller')).toEqual(['10.0.1.10', '10.0.2.10', '10.0.3.10']);
    const booted = [...account.machines.values()].find(({ zone }) => zone === 'eu-central-1b');
    const node = unpackInstaller(booted?.userData ?? '').find(({ path }) => path.endsWith('/node.yaml'))?.content;
    expect(node).toContain(`\netcdVolumeId: ${controllers.etcdVolumeIds['eu-central-1b']}\n`);
    expect(programs()).toEqual([programKey('demo', programOf(booted))]);
    expect(programOf(booted)).toBe(controllerProgram().digest);
    expect(account.state.volumes.map(({ type }) => type)).toEqual(['gp3', 'gp3', 'gp3']);
  });

  it('another boot program is another object beside the one before, which launch templates name from then on', async () => {
    const [before = ''] = programs();
    edit.text = '# edited\n';
    const { changes } = await account.up('controllers');
    edit.text = '';
    const replaced = ['create-replacement', 'replace', 'delete-replaced'];
    expect(changes.filter((change) => change.includes('LaunchTemplate'))).toEqual(
      ['a', 'b', 'c'].map((zone) => `update LaunchTemplate controller-${zone}: userData`),
    );
    for (const change of changes.filter((change) => !change.includes('LaunchTemplate')))
      expect(change).toMatch(new RegExp(`^(${replaced.join('|')}) BucketObjectv2 boot-program: `));
    expect(changes.join('\n')).toContain('BucketObjectv2 boot-program: content key');
    expect(programs()).toHaveLength(2);
    expect(programs()).toContain(before);
    // Back again: what is there is written over with the same.
    await account.up('controllers');
    expect(programs()).toHaveLength(2);
    await expect.poll(() => addresses('controller').length).toBe(3);
  });

  it('workers: each group at the size it was asked for', async () => {
    const { outputs } = await account.up('workers');
    const { groups } = outputs as unknown as WorkersOutputs;
    expect(groups.general).toMatchObject({ autoScalingGroup: 'demo-worker-general', desired: 3, min: 3, max: 3 });
    await expect.poll(() => addresses('worker').length).toBe(4);
    expect([...account.machines.values()].filter(({ instanceType }) => instanceType === 'inf1.xlarge')).toHaveLength(1);
  });

  it('a second update changes nothing', async () => {
    for (const layer of ['network', 'controllers', 'workers'] as const) {
      const { counts, changes } = await account.up(layer);
      expect({ layer, changes, ...counts }).toEqual({ layer, changes: [], same: expect.any(Number) });
    }
  });

  it('a new release changes launch templates only, and no machine', async () => {
    const before = [...account.machines.keys()].sort();
    const { changes } = await account.up('controllers', { release: '1.22' });
    const paths = 'blockDeviceMappings[0].deviceName imageId userData';
    expect(changes).toEqual(['a', 'b', 'c'].map((zone) => `update LaunchTemplate controller-${zone}: ${paths}`));
    const workers = await account.up('workers', { release: '1.22', surge: false });
    expect(workers.changes).toEqual(
      ['general', 'neuron'].map((group) => `update LaunchTemplate worker-${group}: ${paths}`),
    );
    expect([...account.machines.keys()].sort()).toEqual(before);
    expect(new Set(account.state.instances.map(({ launchTemplateVersion }) => launchTemplateVersion))).toEqual(
      new Set([1]),
    );
  });

  it('a surge doubles the groups with machines of the new release; without it they shrink to what was asked for', async () => {
    const { outputs, changes } = await account.up('workers', { release: '1.22', surge: true });
    expect(changes).toEqual(
      ['general', 'neuron'].map((group) => `update Group worker-${group}: desiredCapacity maxSize`),
    );
    expect((outputs as unknown as WorkersOutputs).groups.general?.desired).toBe(3);
    await expect.poll(() => addresses('worker').length).toBe(8);
    const versions = account.state.instances
      .filter(({ group }) => group?.includes('worker'))
      .map((it) => it.launchTemplateVersion);
    expect(versions.filter((version) => version === 2)).toHaveLength(4);

    await account.up('workers', { release: '1.22', surge: false });
    await expect.poll(() => addresses('worker').length).toBe(4);
    const left = account.state.instances.filter(({ group, state }) => group?.includes('worker') && state === 'running');
    expect(left.map((it) => it.launchTemplateVersion)).toEqual([2, 2, 2, 2]);
  });

  it('an etcd volume is neither replaced nor deleted', async () => {
    const volumes = account.state.volumes.map(({ id }) => id).sort();
    const { environment } = account;
    account.environment = { ...environment, controllers: { ...environment.controllers, zones: ['eu-central-1a'] } };
    await expect(account.up('controllers', { release: '1.22' })).rejects.toThrow(/etcd-[bc]/);
    account.environment = environment;
    expect(account.state.volumes.map(({ id }) => id).sort()).toEqual(volumes);
  });

  it('a destroy leaves etcd volumes, the backup bucket and its key in the account', async () => {
    for (const layer of ['workers', 'controllers', 'network'] as const) {
      const stack = await account.stack(layer);
      await stack.destroy({ excludeProtected: true }).catch((error: Error) => {
        // What protected things are in can't go either; everything else is gone.
        expect(error.message).toMatch(/protected|DependencyViolation/);
      });
    }
    expect(account.state.volumes).toHaveLength(3);
    expect(programs().length).toBeGreaterThan(0);
    expect(account.state.resources['aws:kms/key:Key']).toBe(1);
    await expect.poll(() => account.machines.size).toBe(0);
  });
});

/** Keys of the programs in the backup bucket. */
function programs(): string[] {
  const [, keys = []] = Object.entries(account.state.buckets).find(([name]) => name.startsWith('demo-backup-')) ?? [];
  return keys.filter((key) => key.includes('/boot/'));
}

/** Digest of the program that a machine fetches. */
function programOf(machine: { userData: string } | undefined): string {
  const files = unpackInstaller(machine?.userData ?? '');
  return files.find(({ path }) => path === '/etc/kubezero/program')?.content.trim() ?? '';
}

function addresses(role: string): string[] {
  return [...account.machines.values()]
    .filter(({ tags }) => tags['kubezero/role'] === role)
    .map(({ privateIp }) => privateIp)
    .sort();
}
