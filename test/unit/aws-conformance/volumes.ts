import { AttachVolumeCommand, DescribeVolumesCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2';
import { expect, vi } from 'vitest';
import type { Behaviour } from './behaviour.ts';

/** Volumes and what they are attached to. */
export function volumeBehaviours(behaviour: Behaviour): void {
  behaviour(
    'attaches a volume to one machine at a time and lets go of it when the machine is gone',
    async ({ aws, world, inService }) => {
      const name = await world.group({ desired: 1, max: 1 });
      const [old] = await inService(name, 1);
      const volumeId = await world.volume(old?.zone ?? '');
      expect(await aws.volume(volumeId)).toEqual({ volumeId, zone: old?.zone, state: 'available' });
      const attach = { VolumeId: volumeId, InstanceId: old?.instanceId, Device: '/dev/xvdx' };
      await world.ec2.send(new AttachVolumeCommand(attach));
      expect(await aws.volume(volumeId)).toMatchObject({ state: 'in-use', attachedTo: old?.instanceId });
      await aws.replaceInstance(old?.instanceId ?? '');
      await vi.waitFor(async () => expect(await aws.volume(volumeId)).toMatchObject({ state: 'available' }), 3000);
    },
  );

  behaviour('refuses to attach a volume that is attached already', async ({ aws, world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    const [instance] = await inService(name, 1);
    const volumeId = await world.volume(instance?.zone ?? '');
    const attach = { VolumeId: volumeId, InstanceId: instance?.instanceId, Device: '/dev/xvdx' };
    await world.ec2.send(new AttachVolumeCommand(attach));
    await expect(world.ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject({ name: 'VolumeInUse' });
    await world.ec2.send(new DetachVolumeCommand({ VolumeId: volumeId }));
    expect(await aws.volume(volumeId)).toMatchObject({ state: 'available' });
  });

  behaviour('refuses to attach a volume of another zone', async ({ world, inService }) => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    const volumeId = await world.volume(world.zones[0] ?? '');
    const elsewhere = instances.find(({ zone }) => zone !== world.zones[0]);
    const attach = { VolumeId: volumeId, InstanceId: elsewhere?.instanceId, Device: '/dev/xvdx' };
    await expect(world.ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject({
      name: 'InvalidVolume.ZoneMismatch',
    });
  });

  behaviour('takes a moment to attach a volume', async ({ world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    const [instance] = await inService(name, 1);
    const volumeId = await world.volume(instance?.zone ?? '');
    const attach = { VolumeId: volumeId, InstanceId: instance?.instanceId, Device: '/dev/xvdx' };
    expect(await world.ec2.send(new AttachVolumeCommand(attach))).toMatchObject({ State: 'attaching' });
    const stateOf = async () => {
      const { Volumes } = await world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [volumeId] }));
      return Volumes?.[0]?.Attachments?.[0]?.State;
    };
    expect(await stateOf()).toBe('attaching');
    await vi.waitFor(async () => expect(await stateOf()).toBe('attached'), 5000);
  });

  behaviour('refuses to attach a volume that is not there', async ({ world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    const [instance] = await inService(name, 1);
    const attach = { VolumeId: 'vol-0123456789abcdef0', InstanceId: instance?.instanceId, Device: '/dev/xvdx' };
    await expect(world.ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject({
      name: 'InvalidVolume.NotFound',
      message: "The volume 'vol-0123456789abcdef0' does not exist.",
    });
  });

  behaviour('knows of no volume where there is none', async ({ aws }) => {
    expect(await aws.volume('vol-0123456789abcdef0')).toBeUndefined();
  });
}
