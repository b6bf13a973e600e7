import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js';
import type { CustomResourceOptions, Input } from '@pulumi/pulumi';
import { tags } from './tags.ts';

export interface MachineArgs {
  environment: string;
  imageId: string;
  instanceType: string;
  instanceProfileArn: Input<string>;
  securityGroupId: string;
  /** Device that the image boots from. */
  rootDevice: string;
  /** GiB. */
  rootVolumeSize: number;
  kmsKeyArn: string;
  /** As the launch template has it: base64. */
  userData: Input<string>;
  tags: Record<string, string>;
}

/**
 * Launch template of our machines: encrypted root volume, metadata service version 2 only and out of reach of pods
 * (one hop), no public address. A new version changes no running machine: that is the upgrade's business.
 */
export function createLaunchTemplate(name: string, args: MachineArgs, options: CustomResourceOptions): LaunchTemplate {
  const machineTags = tags(args.environment, name, args.tags);
  return new LaunchTemplate(
    name,
    {
      name: `${args.environment}-${name}`,
      updateDefaultVersion: true,
      imageId: args.imageId,
      instanceType: args.instanceType,
      iamInstanceProfile: { arn: args.instanceProfileArn },
      networkInterfaces: [
        {
          deviceIndex: 0,
          associatePublicIpAddress: 'false',
          deleteOnTermination: 'true',
          securityGroups: [args.securityGroupId],
        },
      ],
      blockDeviceMappings: [
        {
          deviceName: args.rootDevice,
          ebs: {
            volumeSize: args.rootVolumeSize,
            volumeType: 'gp3',
            encrypted: 'true',
            kmsKeyId: args.kmsKeyArn,
            deleteOnTermination: 'true',
          },
        },
      ],
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'disabled',
      },
      userData: args.userData,
      tagSpecifications: ['instance', 'volume'].map((resourceType) => ({ resourceType, tags: machineTags })),
      tags: machineTags,
    },
    options,
  );
}

/** Device that a release's image boots from. */
export function rootDevice(init: 'systemd' | 'openrc'): string {
  return init === 'systemd' ? '/dev/sda1' : '/dev/xvda';
}
