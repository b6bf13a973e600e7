import type { Account, Instance } from '../account.ts';
import { terminateMember } from '../auto-scaling/reconciler.ts';
import { AwsError } from '../errors.ts';
import { getInstance, rebootInstance, terminateInstance } from '../instances.ts';
import { createSubnet, createVpc, privateDnsName } from '../network.ts';
import type { Action } from './action.ts';
import { launchTemplateActions } from './ec2-launch-templates.ts';
import { securityGroupActions } from './ec2-security-groups.ts';
import { tagSet } from './ec2-tags.ts';
import { volumeActions } from './ec2-volumes.ts';
import { ec2Filter, filterOf } from './filters.ts';
import { type Body, structures, text, texts } from './protocol.ts';

const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

export const ec2Actions: Record<string, Action> = {
  ...launchTemplateActions,
  ...securityGroupActions,
  ...volumeActions,

  DescribeInstances: (account, parameters) => {
    const ids = texts(parameters, 'InstanceId');
    const matches = filterOf(parameters, ec2Filter);
    const found = ids.length > 0 ? ids.map((id) => getInstance(account, id)) : [...account.instances.values()];
    const instances = found.filter((instance) =>
      matches({
        fields: {
          'instance-id': instance.id,
          'instance-state-name': instance.state,
          'image-id': instance.imageId,
          'instance-type': instance.instanceType,
          'private-ip-address': instance.privateIp,
          'private-dns-name': privateDnsName(account, instance.privateIp),
          'subnet-id': instance.subnetId,
          'availability-zone': instance.zone,
        },
        tags: instance.tags,
      }),
    );
    return {
      reservationSet: instances.map((instance) => ({
        reservationId: instance.id.replace('i-', 'r-'),
        ownerId: account.id,
        instancesSet: [describeInstance(account, instance)],
      })),
    };
  },

  TerminateInstances: (account, parameters) => {
    const instances = texts(parameters, 'InstanceId').map((id) => getInstance(account, id));
    return {
      instancesSet: instances.map((instance) => {
        const before = instance.state;
        terminate(account, instance);
        return { instanceId: instance.id, currentState: state(instance.state), previousState: state(before) };
      }),
    };
  },

  RebootInstances: (account, parameters) => {
    const instances = texts(parameters, 'InstanceId').map((id) => getInstance(account, id));
    for (const { id } of instances) rebootInstance(account, id);
    return { return: true };
  },

  DescribeImages: (account, parameters) => {
    const ids = texts(parameters, 'ImageId');
    const owners = texts(parameters, 'Owner');
    const matches = filterOf(parameters, ec2Filter);
    for (const id of ids)
      if (!account.images.has(id)) throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
    const images = [...account.images.values()].filter(
      (image) =>
        (ids.length === 0 || ids.includes(image.id)) &&
        (owners.length === 0 || owners.includes(image.ownerId)) &&
        matches({
          fields: {
            name: image.name,
            'image-id': image.id,
            'owner-id': image.ownerId,
            state: 'available',
            architecture: 'x86_64',
          },
          tags: {},
        }),
    );
    return {
      imagesSet: images.map((image) => ({
        imageId: image.id,
        name: image.name,
        imageOwnerId: image.ownerId,
        creationDate: image.creationDate,
        imageState: 'available',
        architecture: 'x86_64',
        rootDeviceName: '/dev/xvda',
      })),
    };
  },

  DescribeAvailabilityZones: (account) => ({
    availabilityZoneInfo: account.zones.map((zone) => ({
      zoneName: zone,
      zoneState: 'available',
      regionName: account.region,
      zoneType: 'availability-zone',
    })),
  }),

  CreateTags: (account, parameters) => {
    const tags = Object.fromEntries(
      structures(parameters, 'Tag').map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']),
    );
    for (const id of texts(parameters, 'ResourceId')) {
      const tagged = account.instances.get(id) ?? account.volumes.get(id) ?? account.launchTemplates.get(id);
      if (!tagged) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
      Object.assign(tagged.tags, tags);
    }
    return { return: true };
  },

  CreateVpc: (account, parameters) => {
    const vpc = createVpc(account, text(parameters, 'CidrBlock') ?? '');
    return { vpc: { vpcId: vpc.id, cidrBlock: vpc.cidr, state: 'available', ownerId: account.id } };
  },

  CreateSubnet: (account, parameters) => {
    const subnet = createSubnet(account, {
      vpcId: text(parameters, 'VpcId') ?? '',
      cidr: text(parameters, 'CidrBlock') ?? '',
      zone: text(parameters, 'AvailabilityZone'),
    });
    return {
      subnet: {
        subnetId: subnet.id,
        vpcId: subnet.vpcId,
        cidrBlock: subnet.cidr,
        availabilityZone: subnet.zone,
        state: 'available',
      },
    };
  },
};

/** An instance that its group did not terminate is missed by it: the group replaces it. */
function terminate(account: Account, instance: Instance): void {
  const group = instance.group === undefined ? undefined : account.groups.get(instance.group);
  if (group && instance.state !== 'terminated')
    terminateMember(
      account,
      group,
      instance,
      'an instance was taken out of service in response to an EC2 health check',
    );
  else terminateInstance(account, instance.id);
}

function describeInstance(account: Account, instance: Instance): Record<string, Body> {
  const gone = instance.state === 'terminated';
  const subnet = account.subnets.get(instance.subnetId);
  const volumes = [...account.volumes.values()].filter(({ attachment }) => attachment?.instanceId === instance.id);
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: state(instance.state),
    privateDnsName: gone ? '' : privateDnsName(account, instance.privateIp),
    instanceType: instance.instanceType,
    launchTime: instance.launchTime,
    placement: { availabilityZone: instance.zone, tenancy: 'default' },
    subnetId: gone ? undefined : instance.subnetId,
    vpcId: gone ? undefined : subnet?.vpcId,
    privateIpAddress: gone ? undefined : instance.privateIp,
    architecture: 'x86_64',
    blockDeviceMapping: volumes.map(({ id, attachment }) => ({
      deviceName: attachment?.device,
      ebs: { volumeId: id, status: attachment?.state, attachTime: attachment?.attachTime, deleteOnTermination: false },
    })),
    tagSet: tagSet(instance.tags),
  };
}

function state(name: Instance['state']): Body {
  return { code: stateCodes[name], name };
}
