import { Group } from '@pulumi/aws/autoscaling/group.js';
import { Volume } from '@pulumi/aws/ebs/volume.js';
import { BucketObjectv2 } from '@pulumi/aws/s3/bucketObjectv2.js';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
} from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import { createLaunchTemplate, rootDevice } from '../machine.ts';
import { controllerStatements } from '../machine-permissions.ts';
import { createMachineRole } from '../machine-role.ts';
import { keepForever } from '../network/vault.ts';
import { controllerProgram, programKey } from '../node/boot-program.ts';
import { controllerPlaces } from '../node/cluster.ts';
import { encodeUserData } from '../node/encoding.ts';
import { controllerUserData } from '../node/user-data.ts';
import { tags } from '../tags.ts';

export interface ControllersArgs {
  environment: Environment;
  network: NetworkOutputs;
  release: Release;
  imageId: string;
}

/**
 * The control plane: in each zone an etcd volume that outlives machines, and an Auto Scaling group of exactly one
 * machine that boots into the controller of that zone.
 */
export class Controllers extends ComponentResource {
  /** All by zone. */
  readonly autoScalingGroups: Record<string, Output<string>> = {};
  readonly launchTemplates: Record<string, { id: Output<string>; version: Output<number> }> = {};
  readonly etcdVolumeIds: Record<string, Output<string>> = {};
  readonly nodeNames: Record<string, string> = {};

  constructor(name: string, args: ControllersArgs, options: ComponentResourceOptions = {}) {
    super('kubezero:infra:Controllers', name, {}, options);
    const { environment, network, release, imageId } = args;
    const inside = { parent: this };
    const profile = createMachineRole(environment, 'controller', controllerStatements(environment, network), inside);
    const program = createBootProgram(network, inside);

    for (const { zone, nodeName } of controllerPlaces(environment)) {
      const letter = zone.slice(-1);
      const place = `controller-${letter}`;
      const placeTags = { 'kubezero/role': 'controller', 'kubezero/zone': zone };
      const volume = new Volume(
        `etcd-${letter}`,
        {
          availabilityZone: zone,
          size: environment.controllers.etcdVolumeSize,
          type: 'gp3',
          encrypted: true,
          kmsKeyId: network.kmsKeyArn,
          tags: tags(environment.name, `etcd-${letter}`, placeTags),
        },
        { ...inside, ...keepForever },
      );
      const cluster = { environment, network, release };
      const template = createLaunchTemplate(
        place,
        {
          environment: environment.name,
          imageId,
          instanceType: environment.controllers.instanceType,
          instanceProfileArn: profile.arn,
          securityGroupId: network.controllerSecurityGroupId,
          rootDevice: rootDevice(release.image.init),
          rootVolumeSize: environment.controllers.rootVolumeSize,
          kmsKeyArn: network.kmsKeyArn,
          userData: volume.id.apply((etcdVolumeId) =>
            encodeUserData(controllerUserData(cluster, { zone, nodeName, etcdVolumeId }), {
              environment: environment.name,
              machine: place,
            }),
          ),
          tags: placeTags,
        },
        // Whatever boots by it finds its scripts.
        { ...inside, dependsOn: [program] },
      );
      const group = new Group(
        place,
        {
          name: `${environment.name}-${place}`,
          minSize: 1,
          maxSize: 1,
          desiredCapacity: 1,
          vpcZoneIdentifiers: [network.privateSubnetIds[zone] as string],
          // Machines started from now on are of the newest version; running ones stay.
          launchTemplate: { id: template.id, version: '$Latest' },
          healthCheckType: 'EC2',
          // Whoever needs the machines waits for the nodes they become, not for the machines.
          waitForCapacityTimeout: '0',
          tags: groupTags(tags(environment.name, place, placeTags)),
        },
        inside,
      );
      this.autoScalingGroups[zone] = group.name;
      this.launchTemplates[zone] = { id: template.id, version: template.latestVersion };
      this.etcdVolumeIds[zone] = volume.id;
      this.nodeNames[zone] = nodeName;
    }
    this.registerOutputs({ etcdVolumeIds: this.etcdVolumeIds });
  }
}

/**
 * The scripts that user data has only the digest of. Another content is another object: the one before stays in the bucket, for
 * machines that were just being started with it, and after a destroy, like all that the bucket holds.
 */
function createBootProgram(network: NetworkOutputs, options: CustomResourceOptions): BucketObjectv2 {
  const { content, digest } = controllerProgram();
  return new BucketObjectv2(
    'boot-program',
    {
      bucket: network.backupBucket,
      key: programKey(network.environment, digest),
      content,
      contentType: 'text/x-shellscript; charset=utf-8',
    },
    { ...options, retainOnDelete: true },
  );
}

/** Tags of a group in its own notation; its machines get theirs from the launch template. */
export function groupTags(named: Record<string, string>) {
  return Object.entries(named).map(([key, value]) => ({ key, value, propagateAtLaunch: false }));
}
