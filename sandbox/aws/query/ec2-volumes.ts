import type { Attachment, Volume } from '../account.ts';
import { attachVolume, createVolume, deleteVolume, detachVolume, getVolume } from '../volumes.ts';
import type { Action } from './action.ts';
import { tagSet, tagSpecification } from './ec2-tags.ts';
import { ec2Filter, filterOf } from './filters.ts';
import { type Body, flag, number, text, texts } from './protocol.ts';

export const volumeActions: Record<string, Action> = {
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
    return describeAttachment(volume.id, volume.attachment);
  },

  DetachVolume: (account, parameters) => {
    const id = text(parameters, 'VolumeId') ?? '';
    return describeAttachment(id, detachVolume(account, id, text(parameters, 'InstanceId')), 'detaching');
  },
};

function describeVolume(volume: Volume): Record<string, Body> {
  return {
    volumeId: volume.id,
    size: volume.size,
    availabilityZone: volume.zone,
    status: volume.attachment ? 'in-use' : 'available',
    createTime: volume.createTime,
    volumeType: volume.type,
    encrypted: volume.encrypted,
    attachmentSet: volume.attachment ? [describeAttachment(volume.id, volume.attachment)] : [],
    tagSet: tagSet(volume.tags),
  };
}

function describeAttachment(
  volumeId: string,
  attachment?: Attachment,
  status = attachment?.state as string,
): Record<string, Body> {
  return {
    volumeId,
    instanceId: attachment?.instanceId,
    device: attachment?.device,
    status,
    attachTime: attachment?.attachTime,
    deleteOnTermination: false,
  };
}
