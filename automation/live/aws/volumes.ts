import { ec2 } from './clients.ts';
import { callAws, errorCode } from './failure.ts';

/** An EBS volume. */
export interface Volume {
  volumeId: string;
  zone: string;
  /** `available`, `in-use`, ...: EC2's volume states. */
  state: string;
  /** Instance it is attached to, or being attached or detached from. */
  attachedTo?: string;
}

/** Undefined when there is no such volume. */
export async function volume(volumeId: string): Promise<Volume | undefined> {
  const [client, { DescribeVolumesCommand }] = await Promise.all([ec2(), import('@aws-sdk/client-ec2')]);
  const command = new DescribeVolumesCommand({ VolumeIds: [volumeId] });
  return callAws('ec2:DescribeVolumes', `Volume ${volumeId}`, async () => {
    try {
      const [found] = (await client.send(command)).Volumes ?? [];
      if (!found) return undefined;
      const attachment = found.Attachments?.find(({ State }) => State !== 'detached');
      return {
        volumeId,
        zone: found.AvailabilityZone ?? '',
        state: found.State ?? '',
        ...(attachment?.InstanceId ? { attachedTo: attachment.InstanceId } : {}),
      };
    } catch (error) {
      if (errorCode(error) === 'InvalidVolume.NotFound') return undefined;
      throw error;
    }
  });
}
