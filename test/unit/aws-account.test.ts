import { afterEach, describe, expect, test, vi } from 'vitest';
import { Account, type Group } from '../../sandbox/aws/account.ts';
import {
  createGroup,
  deleteGroup,
  setProtection,
  setSuspended,
  terminateInGroup,
  updateGroup,
} from '../../sandbox/aws/auto-scaling/groups.ts';
import { instancesOf } from '../../sandbox/aws/auto-scaling/members.ts';
import { terminateInstance } from '../../sandbox/aws/instances.ts';
import { addVersion, createLaunchTemplate } from '../../sandbox/aws/launch-templates.ts';
import type { Machine, MachineHost } from '../../sandbox/aws/machine.ts';
import { createSubnet, createVpc } from '../../sandbox/aws/network.ts';
import { attachVolume, createVolume } from '../../sandbox/aws/volumes.ts';

const accounts: Account[] = [];

/** An account with an image, a subnet per zone and a launch template. */
function createAccount(host: Partial<MachineHost> = {}) {
  const account = new Account({
    region: 'eu-central-1',
    host: { boot: async () => {}, terminate: async () => {}, ...host },
    images: [{ id: 'ami-1', name: 'node', ownerId: '1', creationDate: '2022-01-01' }],
    log: () => {},
    delays: { launch: 20, terminate: 20, reconcile: 1, retry: 40 },
  });
  accounts.push(account);
  const vpc = createVpc(account, '10.0.0.0/16');
  const subnetIds = account.zones.map(
    (zone, index) => createSubnet(account, { vpcId: vpc.id, cidr: `10.0.${index + 1}.0/24`, zone }).id,
  );
  const userData = Buffer.from('#cloud-config').toString('base64');
  const template = createLaunchTemplate(account, { name: 'node', data: { ImageId: 'ami-1', UserData: userData } });
  const group = (spec: { min?: number; max?: number; desired: number; version?: string }): Group =>
    createGroup(account, {
      name: 'workers',
      min: spec.min ?? 0,
      max: spec.max ?? 10,
      desired: spec.desired,
      launchTemplate: { id: template.id, version: spec.version ?? '$Latest' },
      subnetIds,
    });
  const inService = (count: number) =>
    vi.waitFor(
      () => {
        const members = instancesOf(account, 'workers').filter(({ lifecycleState }) => lifecycleState === 'InService');
        expect(members).toHaveLength(count);
        expect(instancesOf(account, 'workers')).toHaveLength(count);
        return members;
      },
      { timeout: 2000, interval: 5 },
    );
  return { account, template, group, inService };
}

afterEach(() => {
  for (const account of accounts.splice(0)) account.stop();
});

describe('an Auto Scaling group of the simulated account', () => {
  test('boots each machine with its decoded user data, once', async () => {
    const boot = vi.fn(async (_machine: Machine) => {});
    const { group, inService } = createAccount({ boot });
    group({ desired: 2 });
    const members = await inService(2);
    expect(boot).toHaveBeenCalledTimes(2);
    expect(boot.mock.calls[0]?.[0]).toMatchObject({
      instanceId: members[0]?.id,
      imageName: 'node',
      userData: '#cloud-config',
      autoScalingGroup: 'workers',
    });
  });

  test('replaces a machine that does not power on, and says why in its activities', async () => {
    const boot = vi.fn(async () => {});
    boot.mockRejectedValueOnce(new Error('no capacity'));
    const { group, inService } = createAccount({ boot });
    const { activities } = group({ desired: 1 });
    await vi.waitFor(() => expect(boot).toHaveBeenCalledTimes(2));
    await inService(1);
    expect(activities).toContainEqual(expect.objectContaining({ status: 'Failed', message: 'no capacity' }));
  });

  test('keeps trying when its launch template names an image that is not there', async () => {
    const { account, template, group, inService } = createAccount();
    addVersion(template, { ImageId: 'ami-missing' });
    const { activities } = group({ desired: 1 });
    await vi.waitFor(() => expect(activities.length).toBeGreaterThan(1));
    expect(activities[0]?.message).toContain("The image id '[ami-missing]' does not exist");
    addVersion(template, { ImageId: 'ami-1' });
    await inService(1);
    expect(account.instances.size).toBe(1);
  });

  test('scales in from the fullest zone, there the machine of the oldest template version', async () => {
    const { template, group, inService } = createAccount();
    group({ desired: 3 });
    const old = await inService(3);
    addVersion(template, { ImageId: 'ami-1' });
    updateGroup(accounts[0] as Account, 'workers', { desired: 6 });
    await inService(6);
    updateGroup(accounts[0] as Account, 'workers', { desired: 3 });
    const left = await inService(3);
    expect(left.map(({ id }) => id)).not.toContain(old[0]?.id);
    expect(left.every(({ launchTemplate }) => launchTemplate?.version === 2)).toBe(true);
    expect(new Set(left.map(({ zone }) => zone)).size).toBe(3);
  });

  test('stays above its desired size rather than take a protected machine', async () => {
    const { account, group, inService } = createAccount();
    group({ desired: 2 });
    const members = await inService(2);
    setProtection(
      account,
      'workers',
      members.map(({ id }) => id),
      true,
    );
    updateGroup(account, 'workers', { desired: 0 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await inService(2)).toHaveLength(2);
  });

  test('starts nothing while launching is suspended, and catches up when it is resumed', async () => {
    const { account, group, inService } = createAccount();
    group({ desired: 1 });
    const [member] = await inService(1);
    setSuspended(account, 'workers', ['Launch'], true);
    terminateInGroup(account, member?.id ?? '', false);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await inService(0);
    setSuspended(account, 'workers', ['Launch'], false);
    await inService(1);
  });

  test('gives a new machine an address that was not used just now', async () => {
    const { account, group, inService } = createAccount();
    group({ desired: 1 });
    const [first] = await inService(1);
    terminateInGroup(account, first?.id ?? '', false);
    await vi.waitFor(() => expect(instancesOf(account, 'workers')[0]?.id).not.toBe(first?.id));
    const [second] = await inService(1);
    expect([first?.privateIp, second?.privateIp]).toEqual(['10.0.1.10', '10.0.1.11']);
  });

  test('lets go of volumes only when the machine is gone', async () => {
    const { account, group, inService } = createAccount();
    group({ desired: 1 });
    const [member] = await inService(1);
    const volume = createVolume(account, { zone: 'eu-central-1a' });
    attachVolume(account, volume.id, member?.id ?? '', '/dev/xvdx');
    terminateInstance(account, member?.id ?? '');
    expect(volume.attachment?.instanceId).toBe(member?.id);
    await vi.waitFor(() => expect(volume.attachment).toBeUndefined());
  });

  test('goes with its last machine when it is deleted by force, and not before', async () => {
    const terminate = vi.fn(async () => {});
    const { account, group, inService } = createAccount({ terminate });
    group({ desired: 2 });
    await inService(2);
    expect(() => deleteGroup(account, 'workers')).toThrow('while there are instances');
    deleteGroup(account, 'workers', true);
    expect(account.groups.has('workers')).toBe(true);
    await vi.waitFor(() => expect(account.groups.has('workers')).toBe(false));
    expect(terminate).toHaveBeenCalledTimes(2);
  });

  test.each([
    ['a desired size above the maximum', { desired: 5, max: 3 }, 'Desired capacity:5 must be between'],
    ['a minimum above the maximum', { desired: 1, min: 4, max: 3 }, 'Max bound, 3, must be greater'],
    ['a template version that is not there', { desired: 1, version: '7' }, 'Could not find the specified version 7'],
  ])('refuses %s', (_what, spec, message) => {
    const { group } = createAccount();
    expect(() => group(spec)).toThrow(message);
  });
});
