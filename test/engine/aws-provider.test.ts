import { Group } from '@pulumi/aws/autoscaling/group.js';
import { Volume } from '@pulumi/aws/ebs/volume.js';
import { getAmiOutput } from '@pulumi/aws/ec2/getAmi.js';
import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js';
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { Subnet } from '@pulumi/aws/ec2/subnet.js';
import { Vpc } from '@pulumi/aws/ec2/vpc.js';
import { getAvailabilityZonesOutput } from '@pulumi/aws/getAvailabilityZones.js';
import { getPolicyDocumentOutput } from '@pulumi/aws/iam/getPolicyDocument.js';
import { InstanceProfile } from '@pulumi/aws/iam/instanceProfile.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketObjectv2 } from '@pulumi/aws/s3/bucketObjectv2.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { plan, startTestAccount, type TestAccount } from './aws-account.ts';

interface Settings {
  desired: number;
  userData: string;
  securityGroupDescription: string;
  volumeZone: number;
}

const initial: Settings = { desired: 3, userData: 'one', securityGroupDescription: 'workers', volumeZone: 0 };

/** A small network with a group of machines in it, as the layers of infra/ are made. */
function program(settings: Settings) {
  return async () => {
    const zones = getAvailabilityZonesOutput({ state: 'available' }).names;
    const vpc = new Vpc('net', { cidrBlock: '10.0.0.0/16', enableDnsHostnames: true, tags: { Name: 'net' } });
    const subnets = [0, 1, 2].map(
      (index) =>
        new Subnet(`private-${index}`, {
          vpcId: vpc.id,
          cidrBlock: `10.0.${index + 1}.0/24`,
          availabilityZone: zones.apply((names) => names[index] ?? ''),
        }),
    );
    const securityGroup = new SecurityGroup('workers', {
      vpcId: vpc.id,
      description: settings.securityGroupDescription,
    });
    const trust = getPolicyDocumentOutput({
      statements: [
        { actions: ['sts:AssumeRole'], principals: [{ type: 'Service', identifiers: ['ec2.amazonaws.com'] }] },
      ],
    });
    const role = new Role('worker', { assumeRolePolicy: trust.json });
    const profile = new InstanceProfile('worker', { role: role.name });
    const image = getAmiOutput({
      owners: ['self'],
      mostRecent: true,
      filters: [{ name: 'name', values: ['zdt-alpine-3.15-kubezero-1.22.8-*'] }],
    });
    const template = new LaunchTemplate('workers', {
      imageId: image.id,
      instanceType: 'm5.large',
      userData: Buffer.from(settings.userData).toString('base64'),
      vpcSecurityGroupIds: [securityGroup.id],
      iamInstanceProfile: { arn: profile.arn },
    });
    const group = new Group('workers', {
      name: 'demo-workers',
      minSize: 0,
      maxSize: 6,
      desiredCapacity: settings.desired,
      vpcZoneIdentifiers: subnets.map(({ id }) => id),
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      tags: [{ key: 'role', value: 'worker', propagateAtLaunch: true }],
    });
    const volume = new Volume('etcd', {
      availabilityZone: zones.apply((names) => names[settings.volumeZone] ?? ''),
      size: 16,
      type: 'gp3',
      encrypted: true,
    });
    const bucket = new Bucket('Backup', { forceDestroy: true });
    const file = new BucketObjectv2('discovery', { bucket: bucket.id, key: 'openid/v1/jwks', content: '{}' });
    return {
      vpcId: vpc.id,
      groupArn: group.arn,
      volumeId: volume.id,
      version: template.latestVersion,
      bucket: bucket.bucket,
      etag: file.etag,
      trust: trust.json,
    };
  };
}

describe('the simulated AWS provider on the real engine', () => {
  let account: TestAccount;
  let deployed: Record<string, { value: unknown }>;
  const stack = (settings: Settings = initial) => account.stack('demo', program(settings));

  beforeAll(async () => {
    account = await startTestAccount(await pulumiEnvironment(await ensureTools(['engine'])));
    deployed = (await (await stack()).up()).outputs;
  });
  afterAll(() => account?.stop());

  test('creates what the program asks for and waits for its machines', () => {
    const { instances, autoScalingGroups, buckets, volumes } = account.aws.state();
    expect(instances.map(({ lifecycleState }) => lifecycleState)).toEqual(['InService', 'InService', 'InService']);
    expect(instances.map(({ zone }) => zone).sort()).toEqual(['eu-central-1a', 'eu-central-1b', 'eu-central-1c']);
    expect(instances.map(({ privateIp }) => privateIp).sort()).toEqual(['10.0.1.10', '10.0.2.10', '10.0.3.10']);
    expect(autoScalingGroups).toMatchObject([{ name: 'demo-workers', desired: 3 }]);
    expect(buckets[String(deployed.bucket?.value)]).toEqual(['openid/v1/jwks']);
    expect(volumes).toMatchObject([{ id: deployed.volumeId?.value, zone: 'eu-central-1a' }]);
    expect(deployed.vpcId?.value).toMatch(/^vpc-0[0-9a-f]{16}$/);
    expect(deployed.bucket?.value).toMatch(/^backup-[0-9a-f]{7}$/);
    expect(JSON.parse(String(deployed.trust?.value)).Statement[0].Principal).toEqual({ Service: 'ec2.amazonaws.com' });
  });

  test('hands each machine its decoded user data, image and tags', () => {
    const [machine] = account.machines.values();
    expect(machine).toMatchObject({
      userData: 'one',
      instanceType: 'm5.large',
      autoScalingGroup: 'demo-workers',
      tags: { role: 'worker', 'aws:autoscaling:groupName': 'demo-workers' },
    });
    expect(machine?.imageName).toMatch(/^zdt-alpine-3\.15-kubezero-1\.22\.8-\d+$/);
  });

  test('previews and refreshes no changes when nothing changed', async () => {
    expect(await plan(await stack())).toEqual({});
    const refreshed = await (await stack()).refresh();
    expect(refreshed.summary.resourceChanges?.update ?? 0).toBe(0);
  });

  test('previews a new launch template version as an update that the group follows', async () => {
    expect(await plan(await stack({ ...initial, userData: 'two' }))).toMatchObject({
      'workers update': { op: 'update' },
    });
    const before = new Set(account.machines.keys());
    const { outputs } = await (await stack({ ...initial, userData: 'two', desired: 4 })).up();
    expect(outputs.version?.value).toBe(2);
    expect(account.aws.state().autoScalingGroups[0]).toMatchObject({ desired: 4, launchTemplate: { version: '2' } });
    const added = [...account.machines.values()].filter(({ instanceId }) => !before.has(instanceId));
    expect(added.map(({ userData }) => userData)).toEqual(['two']);
  });

  test('previews a replacement, and why, for what cannot change in place', async () => {
    const changes = await plan(
      await stack({ desired: 4, userData: 'two', securityGroupDescription: 'nodes', volumeZone: 1 }),
    );
    expect(changes.workers).toMatchObject({ op: 'replace', keys: ['description'] });
    expect(changes.workers?.paths).toEqual({ description: 'update-replace' });
    expect(changes.etcd).toMatchObject({ op: 'replace', keys: ['availabilityZone'] });
  });

  test('scales in again, back to an account without leftovers when destroyed', async () => {
    await (await stack({ ...initial, userData: 'two', desired: 2 })).up();
    expect(account.machines.size).toBe(2);
    await (await stack()).destroy();
    expect(account.machines.size).toBe(0);
    const { resources, volumes, autoScalingGroups, launchTemplates, buckets } = account.aws.state();
    expect(Object.values(resources).every((count) => count === 0)).toBe(true);
    expect({ volumes, autoScalingGroups, launchTemplates, buckets }).toEqual({
      volumes: [],
      autoScalingGroups: [],
      launchTemplates: [],
      buckets: {},
    });
  });
});
