import { Group } from '@pulumi/aws/autoscaling/group.js';
import { LifecycleHook } from '@pulumi/aws/autoscaling/lifecycleHook.js';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs, WorkerGroupOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import { groupTags } from '../controllers/controllers.ts';
import { createLaunchTemplate, rootDevice } from '../machine.ts';
import { workerStatements } from '../machine-permissions.ts';
import { createMachineRole } from '../machine-role.ts';
import { encodeUserData } from '../node/encoding.ts';
import { workerUserData } from '../node/user-data.ts';
import type { Promised } from '../outputs.ts';
import { tags } from '../tags.ts';

export interface WorkersArgs {
  environment: Environment;
  network: NetworkOutputs;
  release: Release;
  imageId: string;
  /** Room for as many new machines as there are: `desired` and `max` doubled, while old workers are replaced. */
  surge: boolean;
}

/** A launch template and an Auto Scaling group for each worker group of the environment. */
export class Workers extends ComponentResource {
  readonly groups: Record<string, Promised<WorkerGroupOutputs>> = {};

  constructor(name: string, args: WorkersArgs, options: ComponentResourceOptions = {}) {
    super('kubezero:infra:Workers', name, {}, options);
    const { environment, network, release, imageId, surge } = args;
    const inside = { parent: this };
    const profile = createMachineRole(environment, 'worker', workerStatements(environment, network), inside);

    for (const group of environment.workers) {
      const { desired, min, max } = group;
      const place = `worker-${group.name}`;
      const placeTags = { 'kubezero/role': 'worker', 'kubezero/workergroup': group.name };
      const template = createLaunchTemplate(
        place,
        {
          environment: environment.name,
          imageId,
          instanceType: group.instanceType,
          instanceProfileArn: profile.arn,
          securityGroupId: network.workerSecurityGroupId,
          rootDevice: rootDevice(release.image.init),
          rootVolumeSize: group.rootVolumeSize,
          kmsKeyArn: network.kmsKeyArn,
          userData: encodeUserData(workerUserData({ environment, network, release }, group), {
            environment: environment.name,
            machine: place,
          }),
          tags: placeTags,
        },
        inside,
      );
      const sizes = sizesOf(group, surge);
      const scaling = new Group(
        place,
        {
          name: `${environment.name}-${place}`,
          minSize: sizes.min,
          maxSize: sizes.max,
          desiredCapacity: sizes.desired,
          vpcZoneIdentifiers: group.zones.map((zone) => network.privateSubnetIds[zone] as string),
          launchTemplate: { id: template.id, version: '$Latest' },
          healthCheckType: 'EC2',
          waitForCapacityTimeout: '0',
          // Whoever shrinks the group after a surge gets rid of the machines of the release before.
          terminationPolicies: ['OldestLaunchTemplate', 'OldestInstance'],
          // A balanced spread isn't worth a machine that is in use.
          suspendedProcesses: ['AZRebalance'],
          tags: groupTags({
            ...tags(environment.name, place, placeTags),
            [`aws-node-termination-handler/${environment.name}`]: 'managed',
          }),
        },
        inside,
      );
      // Time for aws-node-termination-handler to drain the node; without an answer the machine goes all the same.
      new LifecycleHook(
        place,
        {
          name: `${environment.name}-${place}-drain`,
          autoscalingGroupName: scaling.name,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          heartbeatTimeout: 300,
          defaultResult: 'CONTINUE',
        },
        inside,
      );
      this.groups[group.name] = {
        autoScalingGroup: scaling.name,
        launchTemplateId: template.id,
        launchTemplateVersion: template.latestVersion,
        desired,
        min,
        max,
      };
    }
    this.registerOutputs({});
  }
}

/** Sizes of a group's Auto Scaling group: those asked for, or room for a second set of machines beside the first. */
function sizesOf({ desired, min, max }: { desired: number; min: number; max: number }, surge: boolean) {
  return surge ? { min, desired: 2 * desired, max: Math.max(2 * desired, 2 * max) } : { min, desired, max };
}
