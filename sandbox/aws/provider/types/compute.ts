import type { Account, LaunchTemplateData } from '../../account.ts';
import { createGroup, deleteGroup, getGroup, setSuspended, updateGroup } from '../../auto-scaling/groups.ts';
import { instancesOf } from '../../auto-scaling/members.ts';
import {
  addVersion,
  createLaunchTemplate,
  deleteLaunchTemplate,
  getLaunchTemplate,
  setDefaultVersion,
} from '../../launch-templates.ts';
import { attachVolume, createVolume, deleteVolume, detachVolume, getVolume } from '../../volumes.ts';
import type { ResourceType } from '../resource-type.ts';
import { type Properties, withoutDefaultsKey } from '../values.ts';

/** Inputs of a launch template that belong to the template, not to a version of it. */
const templateInputs = ['tags', 'name', 'namePrefix', 'defaultVersion', 'updateDefaultVersion', 'region'];

export const computeTypes: Record<string, ResourceType> = {
  'aws:ec2/launchTemplate:LaunchTemplate': {
    autoName: 'name',
    computed: ['defaultVersion'],
    replaceOn: ['name', 'namePrefix'],
    references: { vpcSecurityGroupIds: 'securityGroup' },
    arn: (id, _inputs, account) => account.arn('ec2', `launch-template/${id}`),
    create: (account, inputs) =>
      createLaunchTemplate(account, {
        name: inputs.name,
        data: templateData(inputs),
        description: inputs.description,
        tags: inputs.tags,
      }).id,
    update: (account, id, inputs, { changed }) => {
      const template = getLaunchTemplate(account, { id });
      template.tags = { ...inputs.tags };
      if (makesVersion(changed)) addVersion(template, templateData(inputs), inputs.description);
      if (inputs.updateDefaultVersion) setDefaultVersion(template, template.versions.length);
      else if (inputs.defaultVersion !== undefined) setDefaultVersion(template, inputs.defaultVersion);
    },
    delete: deleteLaunchTemplate,
    exists: (account, id) => account.launchTemplates.has(id),
    outputs: (id, _inputs, account) => {
      const template = getLaunchTemplate(account, { id });
      return { latestVersion: template.versions.length, defaultVersion: template.defaultVersion };
    },
    recomputed: (changed, inputs) => {
      if (!makesVersion(changed)) return [];
      return inputs.updateDefaultVersion ? ['latestVersion', 'defaultVersion'] : ['latestVersion'];
    },
  },
  'aws:autoscaling/group:Group': {
    autoName: 'name',
    computed: [
      'desiredCapacity',
      'availabilityZones',
      'defaultCooldown',
      'healthCheckType',
      'serviceLinkedRoleArn',
      'vpcZoneIdentifiers',
    ],
    replaceOn: ['name', 'namePrefix'],
    references: { vpcZoneIdentifiers: 'subnet' },
    arn: (id, _inputs, account) => account.groups.get(id)?.arn ?? '',
    create: (account, inputs) => {
      const group = createGroup(account, { ...groupSpec(inputs), name: inputs.name });
      setSuspension(account, group.name, [], inputs.suspendedProcesses);
      return group.name;
    },
    update: (account, id, inputs, { olds }) => {
      const group = updateGroup(account, id, { ...groupSpec(inputs), desired: inputs.desiredCapacity });
      setSuspension(account, group.name, olds.suspendedProcesses, inputs.suspendedProcesses);
    },
    settle: async (account, id, inputs, change) => {
      const sized = change?.changed.some((name) => ['desiredCapacity', 'minSize', 'maxSize'].includes(name)) ?? true;
      if (sized) await capacity(account, id, inputs.waitForCapacityTimeout ?? '10m', change !== undefined);
    },
    delete: async (account, id, state) => {
      // The real provider drains a group by setting its sizes to zero first; forceDelete skips waiting for that in AWS.
      deleteGroup(account, id, true);
      await until(
        () => !account.groups.has(id),
        10 * 60_000,
        () => `group ${state.name} to be deleted`,
      );
    },
    exists: (account, id) => account.groups.has(id) && !account.groups.get(id)?.deleting,
    outputs: (id, inputs, account) => {
      const group = getGroup(account, id);
      return {
        minSize: group.min,
        maxSize: group.max,
        desiredCapacity: group.desired,
        availabilityZones: [...new Set(group.subnetIds.map((subnet) => account.subnets.get(subnet)?.zone))].sort(),
        defaultCooldown: group.defaultCooldown,
        healthCheckType: group.healthCheckType,
        launchTemplate: inputs.launchTemplate && {
          ...inputs.launchTemplate,
          id: group.launchTemplate.id,
          name: account.launchTemplates.get(group.launchTemplate.id)?.name,
          version: group.launchTemplate.version,
        },
        serviceLinkedRoleArn: account.arn(
          'iam',
          'role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling',
          { region: false },
        ),
      };
    },
  },
  'aws:ebs/volume:Volume': {
    replaceOn: ['availabilityZone', 'encrypted', 'kmsKeyId', 'snapshotId', 'outpostArn', 'multiAttachEnabled'],
    computed: ['iops', 'throughput', 'size', 'type', 'encrypted'],
    references: { kmsKeyId: 'kmsKey' },
    arn: (id, _inputs, account) => account.arn('ec2', `volume/${id}`),
    create: (account, inputs) =>
      createVolume(account, {
        zone: inputs.availabilityZone,
        size: inputs.size,
        type: inputs.type,
        encrypted: inputs.encrypted,
        tags: inputs.tags,
      }).id,
    update: (account, id, inputs) => {
      const volume = getVolume(account, id);
      Object.assign(volume, {
        size: inputs.size ?? volume.size,
        type: inputs.type ?? volume.type,
        tags: { ...inputs.tags },
      });
    },
    delete: deleteVolume,
    exists: (account, id) => account.volumes.has(id),
    outputs: (id, inputs, account) => {
      const { size, type, encrypted } = getVolume(account, id);
      const gp3 = type === 'gp3' ? { iops: inputs.iops ?? 3000, throughput: inputs.throughput ?? 125 } : {};
      return { size, type, encrypted, ...gp3 };
    },
  },
  'aws:ec2/volumeAttachment:VolumeAttachment': {
    id: ({ deviceName, volumeId, instanceId }) =>
      `vai-${Buffer.from(`${deviceName}${volumeId}${instanceId}`).toString('hex').slice(0, 10)}`,
    replaceOn: ['deviceName', 'volumeId', 'instanceId'],
    references: { volumeId: 'volume' },
    create(account, inputs) {
      attachVolume(account, inputs.volumeId, inputs.instanceId, inputs.deviceName);
      return this.id?.(inputs, account) ?? '';
    },
    delete: (account, _id, state) => {
      if (getVolume(account, state.volumeId).attachment) detachVolume(account, state.volumeId, state.instanceId);
    },
  },
  'aws:autoscaling/lifecycleHook:LifecycleHook': {
    autoName: 'name',
    id: ({ name }) => name,
    replaceOn: ['name', 'autoscalingGroupName'],
    references: { autoscalingGroupName: 'group' },
  },
};

function makesVersion(changed: string[]): boolean {
  return changed.some((name) => !templateInputs.includes(name));
}

function templateData(inputs: Properties): LaunchTemplateData {
  const { imageId, instanceType, userData, vpcSecurityGroupIds, tagSpecifications, ...rest } =
    withoutDefaultsKey(inputs);
  return {
    ...rest,
    ImageId: imageId,
    InstanceType: instanceType,
    UserData: userData,
    SecurityGroupIds: vpcSecurityGroupIds ?? rest.networkInterfaces?.[0]?.securityGroups,
    TagSpecifications: tagSpecifications?.map(({ resourceType, tags }: Properties) => ({
      ResourceType: resourceType,
      Tags: Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value: String(Value) })),
    })),
  };
}

function groupSpec(inputs: Properties) {
  return {
    min: Number(inputs.minSize),
    max: Number(inputs.maxSize),
    desired: inputs.desiredCapacity as number | undefined,
    launchTemplate: {
      id: inputs.launchTemplate?.id,
      name: inputs.launchTemplate?.name,
      version: inputs.launchTemplate?.version === undefined ? undefined : String(inputs.launchTemplate.version),
    },
    subnetIds: inputs.vpcZoneIdentifiers ?? [],
    tags: (inputs.tags ?? []).map(({ key, value, propagateAtLaunch }: Properties) => ({
      key,
      value,
      propagate: propagateAtLaunch ?? false,
    })),
    protectNewInstances: inputs.protectFromScaleIn ?? false,
    terminationPolicies: inputs.terminationPolicies?.length > 0 ? inputs.terminationPolicies : ['Default'],
    healthCheckType: inputs.healthCheckType,
    healthCheckGracePeriod: inputs.healthCheckGracePeriod ?? 300,
    defaultCooldown: inputs.defaultCooldown,
  };
}

function setSuspension(account: Account, name: string, before: string[] = [], after: string[] = []): void {
  const resumed = before.filter((process) => !after.includes(process));
  if (resumed.length > 0) setSuspended(account, name, resumed, false);
  if (after.length > 0) setSuspended(account, name, after, true);
}

/** At least the desired number of instances in service after a creation, exactly that many after an update. */
async function capacity(account: Account, name: string, timeout: string, exactly: boolean): Promise<void> {
  const limit = milliseconds(timeout);
  if (limit === 0) return;
  const inService = () =>
    instancesOf(account, name).filter(({ lifecycleState }) => lifecycleState === 'InService').length;
  const wanted = () => account.groups.get(name)?.desired ?? 0;
  await until(
    () => (exactly ? inService() === wanted() : inService() >= wanted()),
    limit,
    () => {
      const failure = account.groups.get(name)?.activities.find(({ status }) => status === 'Failed');
      const why = failure ? ` Scaling activity failed: ${failure.message}` : '';
      return `Auto Scaling Group (${name}) capacity satisfied: want ${exactly ? 'exactly' : 'at least'} ${wanted()} healthy instance(s) in Auto Scaling Group, have ${inService()}.${why}`;
    },
  );
}

async function until(condition: () => boolean, limit: number, what: () => string): Promise<void> {
  const deadline = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waiting for ${what()}: timeout`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `10m`, `1h30m`, `90s`, `0` */
function milliseconds(duration: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000 };
  return [...duration.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0),
    0,
  );
}
