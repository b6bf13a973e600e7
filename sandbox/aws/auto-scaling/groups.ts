import { randomUUID } from 'node:crypto';
import type { Account, Activity, Group } from '../account.ts';
import { AwsError } from '../errors.ts';
import { terminateInstance } from '../instances.ts';
import { getLaunchTemplate, resolveVersion } from '../launch-templates.ts';
import { getSubnet } from '../network.ts';
import { instancesOf } from './members.ts';
import { reconcile, terminateMember } from './reconciler.ts';

export interface GroupSpec {
  name: string;
  min: number;
  max: number;
  desired?: number;
  launchTemplate: { id?: string; name?: string; version?: string };
  subnetIds: string[];
  tags?: Group['tags'];
  protectNewInstances?: boolean;
  terminationPolicies?: string[];
  healthCheckType?: string;
  healthCheckGracePeriod?: number;
  defaultCooldown?: number;
}

const processes = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
];

export function createGroup(account: Account, spec: GroupSpec): Group {
  if (account.groups.has(spec.name))
    throw new AwsError(
      'AlreadyExists',
      'AutoScalingGroup by this name already exists - A group with the name already exists',
    );
  const group: Group = {
    name: spec.name,
    arn: account.arn('autoscaling', `autoScalingGroup:${randomUUID()}:autoScalingGroupName/${spec.name}`),
    createdTime: new Date(),
    min: spec.min,
    max: spec.max,
    desired: spec.desired ?? spec.min,
    launchTemplate: templateOf(account, spec.launchTemplate),
    subnetIds: subnetsOf(account, spec.subnetIds),
    tags: spec.tags ?? [],
    protectNewInstances: spec.protectNewInstances ?? false,
    terminationPolicies: spec.terminationPolicies ?? ['Default'],
    suspended: new Set(),
    healthCheckType: spec.healthCheckType ?? 'EC2',
    healthCheckGracePeriod: spec.healthCheckGracePeriod ?? 0,
    defaultCooldown: spec.defaultCooldown ?? 300,
    activities: [],
    deleting: false,
    retryAt: 0,
  };
  checkSizes(group.min, group.max, group.desired);
  account.groups.set(group.name, group);
  reconcile(account, group, 'a user request created the group');
  return group;
}

/** Absent fields stay as they are. As in AWS, a new `min` above (or `max` below) the desired capacity moves the latter along. */
export function updateGroup(account: Account, name: string, change: Partial<Omit<GroupSpec, 'name'>>): Group {
  const group = getGroup(account, name);
  const min = change.min ?? group.min;
  const max = change.max ?? group.max;
  const desired = change.desired ?? Math.min(Math.max(group.desired, min), max);
  checkSizes(min, max, desired);
  if (change.launchTemplate) group.launchTemplate = templateOf(account, change.launchTemplate);
  if (change.subnetIds) group.subnetIds = subnetsOf(account, change.subnetIds);
  Object.assign(group, { min, max, desired });
  group.tags = change.tags ?? group.tags;
  group.protectNewInstances = change.protectNewInstances ?? group.protectNewInstances;
  group.terminationPolicies = change.terminationPolicies ?? group.terminationPolicies;
  group.healthCheckType = change.healthCheckType ?? group.healthCheckType;
  group.healthCheckGracePeriod = change.healthCheckGracePeriod ?? group.healthCheckGracePeriod;
  group.defaultCooldown = change.defaultCooldown ?? group.defaultCooldown;
  group.retryAt = 0;
  reconcile(account, group, 'a user request updated the group');
  return group;
}

export function getGroup(account: Account, name: string): Group {
  const group = account.groups.get(name);
  if (!group) throw new AwsError('ValidationError', 'AutoScalingGroup name not found - null');
  return group;
}

/** `force` terminates what is in it; without, a group with instances is refused. Resolves at once; the group goes with its last instance. */
export function deleteGroup(account: Account, name: string, force = false): void {
  const group = getGroup(account, name);
  const members = instancesOf(account, name);
  if (members.length > 0 && !force)
    throw new AwsError(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.',
    );
  Object.assign(group, { min: 0, desired: 0, deleting: true });
  const removeWhenEmpty = () => {
    if (instancesOf(account, name).length === 0) account.groups.delete(name);
  };
  for (const { id } of members) terminateInstance(account, id, removeWhenEmpty);
  removeWhenEmpty();
}

/** TerminateInstanceInAutoScalingGroup. @param decrement don’t launch another one in its place. */
export function terminateInGroup(account: Account, instanceId: string, decrement: boolean): Activity {
  const instance = account.instances.get(instanceId);
  const group = instance?.group === undefined ? undefined : account.groups.get(instance.group);
  if (!instance || !group || instance.state === 'terminated')
    throw new AwsError(
      'ValidationError',
      `Instance Id not found - No managed instance found for instance ID ${instanceId}`,
    );
  if (decrement && instance.lifecycleState !== 'Terminating') {
    if (group.desired - 1 < group.min)
      throw new AwsError(
        'ValidationError',
        `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    group.desired -= 1;
  }
  return terminateMember(account, group, instance, 'instance was taken out of service in response to a user request');
}

/** Protects members from scale-in, or no longer. */
export function setProtection(account: Account, groupName: string, instanceIds: string[], on: boolean): void {
  getGroup(account, groupName);
  const members = instanceIds.map((id) => {
    const instance = account.instances.get(id);
    if (instance?.group !== groupName || instance.state === 'terminated')
      throw new AwsError('ValidationError', `The instance ${id} is not part of Auto Scaling group ${groupName}.`);
    if (instance.lifecycleState !== 'InService' && instance.lifecycleState !== 'Pending')
      throw new AwsError('ValidationError', `The instance ${id} is not in InService or EnteringStandby or Standby.`);
    return instance;
  });
  for (const instance of members) instance.protectedFromScaleIn = on;
}

/** No names: all processes. */
export function setSuspended(account: Account, groupName: string, names: string[], on: boolean): void {
  const group = getGroup(account, groupName);
  const unknown = names.find((name) => !processes.includes(name));
  if (unknown) throw new AwsError('ValidationError', `Unknown process type: ${unknown}`);
  for (const name of names.length > 0 ? names : processes) {
    if (on) group.suspended.add(name);
    else group.suspended.delete(name);
  }
  if (!on) reconcile(account, group, 'processes were resumed');
}

function templateOf(account: Account, key: GroupSpec['launchTemplate']): Group['launchTemplate'] {
  try {
    const template = getLaunchTemplate(account, key);
    const version = key.version ?? '$Default';
    resolveVersion(template, version);
    return { id: template.id, version };
  } catch (error) {
    // Auto Scaling reports EC2's refusals as validation errors of its own.
    if (error instanceof AwsError)
      throw new AwsError('ValidationError', `You must use a valid fully-formed launch template. ${error.message}`);
    throw error;
  }
}

function subnetsOf(account: Account, ids: string[]): string[] {
  for (const id of ids) {
    try {
      getSubnet(account, id);
    } catch {
      throw new AwsError('ValidationError', `The subnet ID '${id}' does not exist`);
    }
  }
  if (ids.length === 0)
    throw new AwsError('ValidationError', 'At least one Availability Zone or VPC Subnet is required.');
  return [...ids];
}

function checkSizes(min: number, max: number, desired: number): void {
  if (min > max)
    throw new AwsError('ValidationError', `Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  if (desired < min)
    throw new AwsError(
      'ValidationError',
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
  if (desired > max)
    throw new AwsError(
      'ValidationError',
      `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`,
    );
}
