import { type Account, type Attachment, newId, type Volume } from './account.ts';
import { AwsError } from './errors.ts';

export interface VolumeSpec {
  zone: string;
  /** GiB. */
  size?: number;
  type?: string;
  encrypted?: boolean;
  tags?: Record<string, string>;
}

export function createVolume(account: Account, spec: VolumeSpec): Volume {
  if (!account.zones.includes(spec.zone))
    throw new AwsError('InvalidZone.NotFound', `The zone '${spec.zone}' does not exist.`);
  const volume: Volume = {
    id: newId('vol'),
    zone: spec.zone,
    size: spec.size ?? 8,
    type: spec.type ?? 'gp2',
    encrypted: spec.encrypted ?? false,
    createTime: new Date(),
    tags: { ...spec.tags },
  };
  account.volumes.set(volume.id, volume);
  return volume;
}

export function getVolume(account: Account, id: string): Volume {
  const volume = account.volumes.get(id);
  if (!volume) throw new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  return volume;
}

export function attachVolume(account: Account, volumeId: string, instanceId: string, device: string): Volume {
  const volume = getVolume(account, volumeId);
  const instance = account.instances.get(instanceId);
  if (!instance) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
  if (volume.attachment) throw new AwsError('VolumeInUse', `${volumeId} is already attached to an instance`);
  if (instance.state !== 'running') throw new AwsError('IncorrectState', `Instance '${instanceId}' is not 'running'.`);
  if (instance.zone !== volume.zone)
    throw new AwsError(
      'InvalidVolume.ZoneMismatch',
      `The volume '${volumeId}' is not in the same availability zone as instance '${instanceId}'`,
    );
  for (const other of account.volumes.values())
    if (other.attachment?.instanceId === instanceId && other.attachment.device === device)
      throw new AwsError(
        'InvalidParameterValue',
        `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
      );
  const attachment: Attachment = { instanceId, device, attachTime: new Date(), state: 'attaching' };
  volume.attachment = attachment;
  account.later(account.delays.attach, async () => {
    if (volume.attachment !== attachment) return;
    await account.host.attached?.({ volumeId, instanceId, device, size: volume.size });
    attachment.state = 'attached';
  });
  return volume;
}

/** `instanceId` absent: from whatever it is attached to. Returns what the attachment was. */
export function detachVolume(account: Account, volumeId: string, instanceId?: string): Attachment {
  const volume = getVolume(account, volumeId);
  const attachment = volume.attachment;
  if (!attachment) throw new AwsError('IncorrectState', `Volume '${volumeId}' is in the 'available' state.`);
  if (instanceId && attachment.instanceId !== instanceId)
    throw new AwsError(
      'InvalidAttachment.NotFound',
      `The volume '${volumeId}' is not attached to instance '${instanceId}' as device '${attachment.device}'.`,
    );
  letGo(account, volume);
  return attachment;
}

function letGo(account: Account, volume: Volume): void {
  const { attachment } = volume;
  delete volume.attachment;
  if (attachment) account.host.detached?.({ volumeId: volume.id, instanceId: attachment.instanceId });
}

/** What EC2 does when an instance is gone. */
export function detachAll(account: Account, instanceId: string): void {
  for (const volume of account.volumes.values())
    if (volume.attachment?.instanceId === instanceId) letGo(account, volume);
}

export function deleteVolume(account: Account, id: string): void {
  const volume = getVolume(account, id);
  if (volume.attachment)
    throw new AwsError('VolumeInUse', `Volume ${id} is currently attached to ${volume.attachment.instanceId}`);
  account.volumes.delete(id);
}
