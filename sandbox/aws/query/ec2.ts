import type { Account, Instance, Volume } from '../account.ts';
import { terminateMember } from '../auto-scaling/groups.ts';
import { AwsError } from '../errors.ts';
import { getInstance, terminateInstance } from '../instances.ts';
import { createSubnet, createVpc, privateDnsName } from '../network.ts';
import { attachVolume, createVolume, deleteVolume, detachVolume, getVolume } from '../volumes.ts';
import { launchTemplateActions } from './ec2-launch-templates.ts';
import { securityGroupActions } from './ec2-security-groups.ts';
import { filterOf } from './filters.ts';
import { type Body, flag, number, type Parameters, structures, text, texts } from './protocol.ts';

export type Action = (account: Account, parameters: Parameters) => Record<string, Body>;

const ec2Filter = { list: 'Filter', value: 'Value' };
const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 } as const;

export const ec2Actions: Record<string, Action> = {
  ...launchTemplateActions,
  ...securityGroupActions,

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

  DescribeVolumes: (account, parameters) => {
    const ids = texts(parameters, 'VolumeId');
    const matches = filterOf(parameters, ec2Filter);
    const found = ids.length > 0 ? ids.map((id) => getVolume(account, id)) : [...account.volumes.values()];
    const volumes = found.filter((volume) =>
      matches({
        fields: {
          'volume-id': volume.id,
          status: volume.attachment ? 'in-use' : 'available',
          'availability-zone': volume.zone,
          'volume-type': volume.type,
          'attachment.instance-id': volume.attachment?.instanceId,
          'attachment.device': volume.attachment?.device,
        },
        tags: volume.tags,
      }),
    );
    return { volumeSet: volumes.map((volume) => describeVolume(volume)) };
  },

  CreateVolume: (account, parameters) => {
    const volume = createVolume(account, {
      zone: text(parameters, 'AvailabilityZone') ?? '',
      size: number(parameters, 'Size'),
      type: text(parameters, 'VolumeType'),
      encrypted: flag(parameters, 'Encrypted'),
      tags: tagSpecification(parameters, 'volume'),
    });
    return describeVolume(volume);
  },

  DeleteVolume: (account, parameters) => {
    deleteVolume(account, text(parameters, 'VolumeId') ?? '');
    return { return: true };
  },

  AttachVolume: (account, parameters) => {
    const volume = attachVolume(
      account,
      text(parameters, 'VolumeId') ?? '',
      text(parameters, 'InstanceId') ?? '',
      text(parameters, 'Device') ?? '',
    );
    return describeAttachment(volume.id, volume.attachment, 'attaching');
  },

  DetachVolume: (account, parameters) => {
    const id = text(parameters, 'VolumeId') ?? '';
    return describeAttachment(id, detachVolume(account, id, text(parameters, 'InstanceId')), 'detaching');
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
      ebs: { volumeId: id, status: 'attached', attachTime: attachment?.attachTime, deleteOnTermination: false },
    })),
    tagSet: tagSet(instance.tags),
  };
}

function describeVolume(volume: Volume): Record<string, Body> {
  return {
    volumeId: volume.id,
    size: volume.size,
    availabilityZone: volume.zone,
    status: volume.attachment ? 'in-use' : 'available',
    createTime: volume.createTime,
    volumeType: volume.type,
    encrypted: volume.encrypted,
    attachmentSet: volume.attachment ? [describeAttachment(volume.id, volume.attachment, 'attached')] : [],
    tagSet: tagSet(volume.tags),
  };
}

function describeAttachment(volumeId: string, attachment: Volume['attachment'], status: string): Record<string, Body> {
  return {
    volumeId,
    instanceId: attachment?.instanceId,
    device: attachment?.device,
    status,
    attachTime: attachment?.attachTime,
    deleteOnTermination: false,
  };
}

export function tagSet(tags: Record<string, string>): Body {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Tags that a request's `TagSpecification` has for one resource type. */
export function tagSpecification(parameters: Parameters, type: string): Record<string, string> {
  const specification = structures(parameters, 'TagSpecification').find(
    (entry) => text(entry, 'ResourceType') === type,
  );
  const tags = specification ? structures(specification, 'Tag') : [];
  return Object.fromEntries(tags.map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']));
}

function state(name: Instance['state']): Body {
  return { code: stateCodes[name], name };
}
