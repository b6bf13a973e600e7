import { AutoScalingClient, CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { type BucketLocationConstraint, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** A network with one subnet per zone, and ways to make what a test needs. */
export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(region: string) {
  const ec2 = new EC2Client({});
  const autoScaling = new AutoScalingClient({});
  const s3 = new S3Client({});
  const zones = ['a', 'b', 'c'].map((letter) => region + letter);
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const subnets: string[] = [];
  for (const [index, zone] of zones.entries()) {
    const subnet = { VpcId: Vpc?.VpcId, CidrBlock: `10.0.${index + 1}.0/24`, AvailabilityZone: zone };
    subnets.push((await ec2.send(new CreateSubnetCommand(subnet))).Subnet?.SubnetId ?? '');
  }
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
  let count = 0;
  const unique = (prefix: string) => `${prefix}-${++count}`;

  const template = async () => {
    const { LaunchTemplate } = await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: unique('template'),
        LaunchTemplateData: { ImageId: Images[0]?.ImageId, InstanceType: 'm5.large' },
      }),
    );
    return LaunchTemplate?.LaunchTemplateId ?? '';
  };
  const templateId = await template();
  return {
    ec2,
    autoScaling,
    s3,
    zones,
    template,
    templateId,
    group: async (spec: { min?: number; max: number; desired: number; templateId?: string; version?: string }) => {
      const name = unique('group');
      await autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: name,
          MinSize: spec.min ?? 0,
          MaxSize: spec.max,
          DesiredCapacity: spec.desired,
          LaunchTemplate: { LaunchTemplateId: spec.templateId ?? templateId, Version: spec.version ?? '$Latest' },
          VPCZoneIdentifier: subnets.join(','),
        }),
      );
      return name;
    },
    volume: async (zone: string) =>
      (await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 16, VolumeType: 'gp3' }))).VolumeId ?? '',
    bucket: async () => {
      const Bucket = unique('backup');
      await s3.send(
        new CreateBucketCommand({
          Bucket,
          CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
        }),
      );
      return Bucket;
    },
  };
}
