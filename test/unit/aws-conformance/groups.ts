import { UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateVersionCommand,
  RebootInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect, vi } from 'vitest';
import type { Behaviour } from './behaviour.ts';
import { region } from './targets.ts';

/** Auto Scaling groups and their machines. */
export function groupBehaviours(behaviour: Behaviour): void {
  behaviour('spreads a group over its zones', async ({ world, inService }) => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    expect(instances.map(({ zone }) => zone).sort()).toEqual(world.zones);
  });

  behaviour('gives each machine an address of its subnet', async ({ world, inService }) => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    for (const { privateIp, launchTemplateVersion, protectedFromScaleIn } of instances) {
      expect(privateIp).toMatch(/^10\.0\.[123]\.\d+$/);
      expect(launchTemplateVersion).toBe(1);
      expect(protectedFromScaleIn).toBe(false);
    }
    expect(new Set(instances.map(({ privateIp }) => privateIp)).size).toBe(3);
  });

  behaviour('names each machine after its address and region', async ({ world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    for (const { privateIp, privateDnsName } of await inService(name, 1))
      expect(privateDnsName).toBe(`ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal`);
  });

  behaviour('describes sizes and launch template of a group', async ({ aws, world }) => {
    const name = await world.group({ desired: 1, max: 4, version: '1' });
    expect(await aws.describeGroup(name)).toEqual({
      name,
      min: 0,
      max: 4,
      desired: 1,
      launchTemplate: { id: world.templateId, version: '1' },
      suspendedProcesses: [],
    });
  });

  behaviour('says what to do about a group that is not there', async ({ aws }) => {
    await expect(aws.instancesOfGroup('nobody')).rejects.toMatchObject({
      name: 'UserError',
      where: 'Auto Scaling group nobody',
      fix: expect.stringContaining('kubezero up'),
    });
  });

  behaviour(
    'replaces a machine without changing the size, and may be told so twice',
    async ({ aws, world, inService }) => {
      const name = await world.group({ desired: 2, max: 2 });
      const [old, kept] = await inService(name, 2);
      await aws.replaceInstance(old?.instanceId ?? '');
      await aws.replaceInstance(old?.instanceId ?? '');
      await vi.waitFor(async () => {
        const ids = (await inService(name, 2)).map(({ instanceId }) => instanceId);
        expect(ids).toContain(kept?.instanceId);
        expect(ids).not.toContain(old?.instanceId);
      }, 10_000);
      expect(await aws.describeGroup(name)).toMatchObject({ desired: 2 });
    },
  );

  behaviour('replaces a machine that was terminated behind the back of its group', async ({ world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    const [old] = await inService(name, 1);
    await world.ec2.send(new TerminateInstancesCommand({ InstanceIds: [old?.instanceId ?? ''] }));
    await vi.waitFor(async () => {
      const [next] = await inService(name, 1);
      expect(next?.instanceId).not.toBe(old?.instanceId);
    }, 10_000);
  });

  behaviour(
    'starts new machines of a $Latest group from a new launch template version',
    async ({ aws, world, inService }) => {
      const templateId = await world.template();
      const name = await world.group({ desired: 1, max: 1, templateId, version: '$Latest' });
      const [old] = await inService(name, 1);
      await world.ec2.send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: templateId,
          SourceVersion: '1',
          LaunchTemplateData: { InstanceType: 'm5.xlarge' },
        }),
      );
      expect((await aws.instancesOfGroup(name))[0]).toMatchObject({
        instanceId: old?.instanceId,
        launchTemplateVersion: 1,
      });
      await aws.replaceInstance(old?.instanceId ?? '');
      await vi.waitFor(async () => {
        const [next] = await inService(name, 1);
        expect(next?.instanceId).not.toBe(old?.instanceId);
        expect(next?.launchTemplateVersion).toBe(2);
      }, 3000);
    },
  );

  behaviour(
    'starts new machines of a $Default group from the default version, whatever newer ones there are',
    async ({ world, inService }) => {
      const templateId = await world.template();
      await world.ec2.send(
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: templateId,
          SourceVersion: '1',
          LaunchTemplateData: { InstanceType: 'm5.xlarge' },
        }),
      );
      const name = await world.group({ desired: 1, max: 1, templateId, version: '$Default' });
      expect((await inService(name, 1))[0]).toMatchObject({ launchTemplateVersion: 1 });
    },
  );

  behaviour(
    'takes exactly one machine out of a group, and lowers it once however often it is told',
    async ({ aws, world, inService }) => {
      const name = await world.group({ desired: 3, max: 3 });
      const [drained] = await inService(name, 3);
      await aws.terminateAndDecrement(drained?.instanceId ?? '');
      await aws.terminateAndDecrement(drained?.instanceId ?? '');
      const left = await inService(name, 2);
      expect(left.map(({ instanceId }) => instanceId)).not.toContain(drained?.instanceId);
      expect(await aws.describeGroup(name)).toMatchObject({ desired: 2 });
    },
  );

  behaviour('refuses to take a machine out of a group at its minimum', async ({ aws, world, inService }) => {
    const name = await world.group({ min: 2, desired: 2, max: 2 });
    const [instance] = await inService(name, 2);
    await expect(aws.terminateAndDecrement(instance?.instanceId ?? '')).rejects.toMatchObject({
      name: 'UserError',
      where: `Auto Scaling group ${name}`,
      fix: expect.stringContaining('minimum size'),
    });
    expect(await aws.instancesOfGroup(name)).toHaveLength(2);
  });

  behaviour('keeps protected machines when a group scales in', async ({ aws, world, inService }) => {
    const name = await world.group({ desired: 3, max: 3 });
    const ids = (await inService(name, 3)).map(({ instanceId }) => instanceId);
    await aws.protectFromScaleIn(name, [...ids.slice(0, 2), 'i-0123456789abcdef0'], true);
    await world.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, DesiredCapacity: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const left = await inService(name, 2);
    expect(left.map(({ instanceId }) => instanceId).sort()).toEqual(ids.slice(0, 2).sort());
    await aws.protectFromScaleIn(name, ids, false);
    expect((await aws.instancesOfGroup(name)).every(({ protectedFromScaleIn }) => !protectedFromScaleIn)).toBe(true);
  });

  behaviour('suspends and resumes a process of a group', async ({ aws, world }) => {
    const name = await world.group({ desired: 1, max: 1 });
    await aws.suspendProcesses(name, ['AZRebalance']);
    expect(await aws.describeGroup(name)).toMatchObject({ suspendedProcesses: ['AZRebalance'] });
    await aws.resumeProcesses(name, ['AZRebalance']);
    expect(await aws.describeGroup(name)).toMatchObject({ suspendedProcesses: [] });
  });

  behaviour('reboots a machine, which keeps its id and address', async ({ world, inService }) => {
    const name = await world.group({ desired: 1, max: 1 });
    const [before] = await inService(name, 1);
    await world.ec2.send(new RebootInstancesCommand({ InstanceIds: [before?.instanceId ?? ''] }));
    const [after] = await inService(name, 1);
    expect(after).toMatchObject({ instanceId: before?.instanceId, privateIp: before?.privateIp });
  });
}
