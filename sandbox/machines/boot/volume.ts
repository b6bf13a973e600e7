import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AttachVolumeCommand, DescribeVolumesCommand, type EC2Client, type Volume } from '@aws-sdk/client-ec2';
import type { Instance } from '../instance.ts';
import { withEc2 } from './aws.ts';
import { type Step, waitFor } from './step.ts';

/** What mkfs.ext4 makes: a directory that has it stands for a volume with a file system. */
const formatted = 'lost+found';
const nextStep = 'the controllers layer must be updated (kubezero up), then terminate this machine';

/** The etcd volume of this controller, attached, formatted if it was never written to, and mounted. */
export const volume: Step = async (instance) => {
  const { config, surroundings, machine } = instance;
  const id = config?.etcdVolumeId;
  if (!id) throw new Error('/etc/kubezero/node.yaml: etcdVolumeId is missing');
  await withEc2(instance, async (ec2) => {
    if (isThere(await describe(ec2, id), machine.instanceId)) return;
    const { AvailabilityZone: zone, Tags, Attachments: [attachment] = [] } = await describe(ec2, id);
    const cluster = Tags?.find(({ Key }) => Key === 'kubezero/cluster')?.Value;
    if (zone !== machine.zone)
      throw new Error(`volume ${id} is in ${zone}, this machine in ${machine.zone}: ${nextStep}`);
    if (cluster !== config.cluster)
      throw new Error(
        `volume ${id} belongs to cluster ${cluster}, this machine to ${config.cluster}: nothing was touched; ${nextStep}`,
      );
    if (attachment && attachment.InstanceId !== machine.instanceId)
      throw new Error(
        `volume ${id} is ${attachment.State} at ${attachment.InstanceId}: waiting for it to be let go. If that machine hangs, stop it in EC2`,
      );
    if (!attachment) await attach(ec2, id, machine.instanceId);
    instance.log(`attaching ${id}`);
    await waitFor(instance, 60, `the device of volume ${id} to appear`, async () =>
      isThere(await describe(ec2, id), machine.instanceId),
    );
  });
  instance.volume = mount(instance, join(surroundings.directory.volumes, id));
};

async function describe(ec2: EC2Client, id: string): Promise<Volume> {
  try {
    const { Volumes: [found] = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
    return found ?? {};
  } catch (error) {
    throw new Error(`cannot look at volume ${id}: ${(error as Error).message}`);
  }
}

async function attach(ec2: EC2Client, VolumeId: string, InstanceId: string): Promise<void> {
  try {
    await ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }));
  } catch (error) {
    throw new Error(`volume ${VolumeId} can't be attached: ${(error as Error).message}`);
  }
}

/** The machine has the volume's device. */
function isThere({ Attachments = [] }: Volume, instanceId: string): boolean {
  return Attachments.some(({ InstanceId, State }) => InstanceId === instanceId && State === 'attached');
}

function mount(instance: Instance, directory: string): string {
  const content = existsSync(directory) ? readdirSync(directory) : [];
  if (content.length === 0) {
    instance.log(`formatting ${instance.config?.etcdVolumeId}`);
    mkdirSync(join(directory, formatted), { recursive: true });
  } else if (!content.includes(formatted))
    throw new Error(
      `volume ${instance.config?.etcdVolumeId} (${directory}) has data that is no ext4 file system: nothing was touched. Look at it before anything else; the hourly backup is in the bucket`,
    );
  // etcd insists on it.
  chmodSync(directory, 0o700);
  return directory;
}
