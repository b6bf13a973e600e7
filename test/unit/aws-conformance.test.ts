import { UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  AttachVolumeCommand,
  CreateLaunchTemplateVersionCommand,
  DetachVolumeCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startAws } from '../../sandbox/aws/index.ts';
import { createWorld, type World } from './aws-world.ts';
import { startMoto } from './moto-server.ts';

/** One simulation of AWS. */
interface Target {
  name: 'sandbox' | 'moto';
  start(): Promise<{ endpointUrl: string; stop(): Promise<void> } | { missing: string }>;
}

const region = 'eu-central-1';
const targets: Target[] = [
  {
    name: 'sandbox',
    start: () =>
      startAws({
        host: { boot: async () => {}, terminate: async () => {} },
        address: '127.0.0.1',
        region,
        directory: '/nonexistent',
        log: () => {},
        delays: { launch: 50, terminate: 50, reconcile: 5, retry: 100 },
      }),
  },
  { name: 'moto', start: startMoto },
];

/** Behaviours where moto is not like AWS: AWS agrees with the sandbox. Each is a test that is expected to fail on moto. */
const motoDiffers: Record<string, string> = {
  'spreads a group over its zones': 'moto starts all machines in one zone',
  'names each machine after its address and region': 'moto uses the domain of us-east-1 everywhere',
  'starts new machines of a $Latest group from a new launch template version': 'moto goes on with version 1',
  'refuses to take a machine out of a group at its minimum': 'moto goes below the minimum',
  'refuses to attach a volume that is attached already': 'moto attaches it once more',
  'refuses to attach a volume of another zone': 'moto answers with an internal error',
};

describe.each(targets)('AWS as the upgrade uses it, on $name', (target) => {
  let server: Awaited<ReturnType<Target['start']>>;
  let aws: typeof import('../../automation/aws/index.ts');
  let world: World;

  beforeAll(async () => {
    server = await target.start();
    if ('missing' in server) {
      console.warn(`skipped on ${target.name}: ${server.missing}`);
      return;
    }
    vi.stubEnv('AWS_ENDPOINT_URL', server.endpointUrl);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.resetModules();
    aws = await import('../../automation/aws/index.ts');
    world = await createWorld(region);
  }, 300_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    if (server && 'stop' in server) await server.stop();
  });

  /** Skips where the target isn't there, and expects a failure where moto is known not to do what AWS does. */
  const behaviour = (name: string, run: () => Promise<void>) => {
    const difference = target.name === 'moto' ? motoDiffers[name] : undefined;
    const title = difference ? `${name} (moto differs, AWS does as the sandbox: ${difference})` : name;
    test(title, { timeout: 30_000 }, async (context) => {
      if (!server || 'missing' in server) return context.skip();
      if (!difference) return run();
      await expect(run()).rejects.toThrow();
    });
  };

  behaviour('spreads a group over its zones', async () => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    expect(instances.map(({ zone }) => zone).sort()).toEqual(world.zones);
  });

  behaviour('gives each machine an address of its subnet', async () => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    for (const { privateIp, launchTemplateVersion, protectedFromScaleIn } of instances) {
      expect(privateIp).toMatch(/^10\.0\.[123]\.\d+$/);
      expect(launchTemplateVersion).toBe(1);
      expect(protectedFromScaleIn).toBe(false);
    }
    expect(new Set(instances.map(({ privateIp }) => privateIp)).size).toBe(3);
  });

  behaviour('names each machine after its address and region', async () => {
    const name = await world.group({ desired: 1, max: 1 });
    for (const { privateIp, privateDnsName } of await inService(name, 1))
      expect(privateDnsName).toBe(`ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal`);
  });

  behaviour('describes sizes and launch template of a group', async () => {
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

  behaviour('says what to do about a group that is not there', async () => {
    await expect(aws.instancesOfGroup('nobody')).rejects.toMatchObject({
      name: 'UserError',
      where: 'Auto Scaling group nobody',
      fix: expect.stringContaining('kubezero up'),
    });
  });

  behaviour('replaces a machine without changing the size, and may be told so twice', async () => {
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
  });

  behaviour('replaces a machine that was terminated behind the back of its group', async () => {
    const name = await world.group({ desired: 1, max: 1 });
    const [old] = await inService(name, 1);
    await world.ec2.send(new TerminateInstancesCommand({ InstanceIds: [old?.instanceId ?? ''] }));
    await vi.waitFor(async () => {
      const [next] = await inService(name, 1);
      expect(next?.instanceId).not.toBe(old?.instanceId);
    }, 10_000);
  });

  behaviour('starts new machines of a $Latest group from a new launch template version', async () => {
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
  });

  behaviour(
    'starts new machines of a $Default group from the default version, whatever newer ones there are',
    async () => {
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

  behaviour('takes exactly one machine out of a group, and lowers it once however often it is told', async () => {
    const name = await world.group({ desired: 3, max: 3 });
    const [drained] = await inService(name, 3);
    await aws.terminateAndDecrement(drained?.instanceId ?? '');
    await aws.terminateAndDecrement(drained?.instanceId ?? '');
    const left = await inService(name, 2);
    expect(left.map(({ instanceId }) => instanceId)).not.toContain(drained?.instanceId);
    expect(await aws.describeGroup(name)).toMatchObject({ desired: 2 });
  });

  behaviour('refuses to take a machine out of a group at its minimum', async () => {
    const name = await world.group({ min: 2, desired: 2, max: 2 });
    const [instance] = await inService(name, 2);
    await expect(aws.terminateAndDecrement(instance?.instanceId ?? '')).rejects.toMatchObject({
      name: 'UserError',
      where: `Auto Scaling group ${name}`,
      fix: expect.stringContaining('minimum size'),
    });
    expect(await aws.instancesOfGroup(name)).toHaveLength(2);
  });

  behaviour('keeps protected machines when a group scales in', async () => {
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

  behaviour('suspends and resumes a process of a group', async () => {
    const name = await world.group({ desired: 1, max: 1 });
    await aws.suspendProcesses(name, ['AZRebalance']);
    expect(await aws.describeGroup(name)).toMatchObject({ suspendedProcesses: ['AZRebalance'] });
    await aws.resumeProcesses(name, ['AZRebalance']);
    expect(await aws.describeGroup(name)).toMatchObject({ suspendedProcesses: [] });
  });

  behaviour('attaches a volume to one machine at a time and lets go of it when the machine is gone', async () => {
    const name = await world.group({ desired: 1, max: 1 });
    const [old] = await inService(name, 1);
    const volumeId = await world.volume(old?.zone ?? '');
    expect(await aws.volume(volumeId)).toEqual({ volumeId, zone: old?.zone, state: 'available' });
    const attach = { VolumeId: volumeId, InstanceId: old?.instanceId, Device: '/dev/xvdx' };
    await world.ec2.send(new AttachVolumeCommand(attach));
    expect(await aws.volume(volumeId)).toMatchObject({ state: 'in-use', attachedTo: old?.instanceId });
    await aws.replaceInstance(old?.instanceId ?? '');
    await vi.waitFor(async () => expect(await aws.volume(volumeId)).toMatchObject({ state: 'available' }), 3000);
  });

  behaviour('refuses to attach a volume that is attached already', async () => {
    const name = await world.group({ desired: 1, max: 1 });
    const [instance] = await inService(name, 1);
    const volumeId = await world.volume(instance?.zone ?? '');
    const attach = { VolumeId: volumeId, InstanceId: instance?.instanceId, Device: '/dev/xvdx' };
    await world.ec2.send(new AttachVolumeCommand(attach));
    await expect(world.ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject({ name: 'VolumeInUse' });
    await world.ec2.send(new DetachVolumeCommand({ VolumeId: volumeId }));
    expect(await aws.volume(volumeId)).toMatchObject({ state: 'available' });
  });

  behaviour('refuses to attach a volume of another zone', async () => {
    const name = await world.group({ desired: 3, max: 3 });
    const instances = await inService(name, 3);
    const volumeId = await world.volume(world.zones[0] ?? '');
    const elsewhere = instances.find(({ zone }) => zone !== world.zones[0]);
    const attach = { VolumeId: volumeId, InstanceId: elsewhere?.instanceId, Device: '/dev/xvdx' };
    await expect(world.ec2.send(new AttachVolumeCommand(attach))).rejects.toMatchObject({
      name: 'InvalidVolume.ZoneMismatch',
    });
  });

  behaviour('knows of no volume where there is none', async () => {
    expect(await aws.volume('vol-0123456789abcdef0')).toBeUndefined();
  });

  behaviour('finds the newest snapshot below a prefix', async () => {
    const bucket = await world.bucket();
    expect(await aws.latestSnapshot(bucket, 'k8s/demo/clusterBackup/')).toBeUndefined();
    for (const key of ['k8s/demo/clusterBackup/1.db', 'k8s/demo/clusterBackup/2.db', 'k8s/other/9.db'])
      await world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: `etcd of ${key}` }));
    const newest = await aws.latestSnapshot(bucket, 'k8s/demo/clusterBackup/');
    expect(newest).toMatchObject({
      key: 'k8s/demo/clusterBackup/2.db',
      size: 'etcd of k8s/demo/clusterBackup/2.db'.length,
    });
    expect(Math.abs(Date.now() - (newest?.lastModified.getTime() ?? 0))).toBeLessThan(10_000);
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k8s/other/9.db' }));
    expect(await Body?.transformToString()).toBe('etcd of k8s/other/9.db');
  });

  behaviour('says what to do about a bucket that is not there', async () => {
    await expect(aws.latestSnapshot('no-such-bucket-anywhere', '')).rejects.toMatchObject({
      name: 'UserError',
      where: 's3://no-such-bucket-anywhere',
    });
  });

  behaviour('tells an object that is not there from a bucket that is not there', async () => {
    const bucket = await world.bucket();
    const get = new GetObjectCommand({ Bucket: bucket, Key: 'k8s/demo/pki/ca.crt' });
    await expect(world.s3.send(get)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  behaviour('names the account of the credentials', async () => {
    expect(await aws.callerAccount()).toMatch(/^\d{12}$/);
  });

  async function inService(name: string, count: number) {
    return vi.waitFor(
      async () => {
        const instances = (await aws.instancesOfGroup(name)).filter(
          ({ lifecycleState }) => lifecycleState === 'InService',
        );
        expect(instances).toHaveLength(count);
        return instances;
      },
      { timeout: 10_000, interval: 50 },
    );
  }
});
