import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { exitCode, UserError } from '../../../errors/index.ts';
import { autoScaling, ec2 } from './clients.ts';
import { callAws, errorCode, errorMessage } from './failure.ts';

/** An Auto Scaling group as far as upgrades look at it. */
export interface Group {
  name: string;
  min: number;
  max: number;
  desired: number;
  /** `version` as configured: a number, `$Latest` or `$Default`. */
  launchTemplate?: { id: string; version: string };
  suspendedProcesses: string[];
}

/** A machine of an Auto Scaling group. */
export interface GroupInstance {
  instanceId: string;
  /** Empty while AWS hasn't given it one. */
  privateIp: string;
  /** `ip-10-0-1-10.eu-central-1.compute.internal`: the name of a worker's node. */
  privateDnsName: string;
  zone: string;
  /** Number of the launch template version it was started from. */
  launchTemplateVersion: number;
  /** `Pending`, `InService`, `Terminating`, ...: AWS's lifecycle states. */
  lifecycleState: string;
  protectedFromScaleIn: boolean;
}

/** AWS's limit for one SetInstanceProtection call. */
const protectionBatch = 50;

/** @throws UserError when there is no such group */
export async function describeGroup(name: string): Promise<Group> {
  const group = await getGroup(name);
  const template = group.LaunchTemplate;
  return {
    name,
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    ...(template
      ? { launchTemplate: { id: template.LaunchTemplateId ?? '', version: template.Version ?? '$Default' } }
      : {}),
    suspendedProcesses: (group.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''),
  };
}

/**
 * Machines that are in the group now, also those on their way in or out, oldest id first.
 * @throws UserError when there is no such group
 */
export async function instancesOfGroup(name: string): Promise<GroupInstance[]> {
  const members = (await getGroup(name)).Instances ?? [];
  const addresses = await addressesOf(members.map(({ InstanceId }) => InstanceId ?? ''));
  return members
    .map((member) => ({
      instanceId: member.InstanceId ?? '',
      privateIp: addresses.get(member.InstanceId ?? '')?.privateIp ?? '',
      privateDnsName: addresses.get(member.InstanceId ?? '')?.privateDnsName ?? '',
      zone: member.AvailabilityZone ?? '',
      launchTemplateVersion: Number(member.LaunchTemplate?.Version ?? 0),
      lifecycleState: member.LifecycleState ?? '',
      protectedFromScaleIn: member.ProtectedFromScaleIn ?? false,
    }))
    .sort((one, other) => one.instanceId.localeCompare(other.instanceId));
}

/** Terminates a machine; its group starts another one. A machine that is gone or on its way out already is fine. */
export async function replaceInstance(instanceId: string): Promise<void> {
  await terminate(instanceId, false);
}

/**
 * Terminates exactly this machine and lowers its group's desired capacity by one. A machine that is gone or on its way
 * out already is fine: nothing is lowered a second time.
 * @throws UserError when the group is at its minimum size
 */
export async function terminateAndDecrement(instanceId: string): Promise<void> {
  await terminate(instanceId, true);
}

/** Protects machines from being chosen when the group scales in, or lifts that. Machines that left the group are skipped. */
export async function protectFromScaleIn(groupName: string, instanceIds: string[], on: boolean): Promise<void> {
  const members = new Map((await instancesOfGroup(groupName)).map((member) => [member.instanceId, member]));
  const ids = instanceIds.filter((id) => {
    const member = members.get(id);
    return member !== undefined && isStaying(member.lifecycleState) && member.protectedFromScaleIn !== on;
  });
  const [client, { SetInstanceProtectionCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  for (let at = 0; at < ids.length; at += protectionBatch) {
    const command = new SetInstanceProtectionCommand({
      AutoScalingGroupName: groupName,
      InstanceIds: ids.slice(at, at + protectionBatch),
      ProtectedFromScaleIn: on,
    });
    await callAws('autoscaling:SetInstanceProtection', where(groupName), () => client.send(command));
  }
}

/** Stops a group's own activities (`AZRebalance`, `ReplaceUnhealthy`, ...) until {@link resumeProcesses}. */
export async function suspendProcesses(groupName: string, processes: string[]): Promise<void> {
  const [client, { SuspendProcessesCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  const command = new SuspendProcessesCommand({ AutoScalingGroupName: groupName, ScalingProcesses: processes });
  await callAws('autoscaling:SuspendProcesses', where(groupName), () => client.send(command));
}

/** Takes {@link suspendProcesses} back. */
export async function resumeProcesses(groupName: string, processes: string[]): Promise<void> {
  const [client, { ResumeProcessesCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  const command = new ResumeProcessesCommand({ AutoScalingGroupName: groupName, ScalingProcesses: processes });
  await callAws('autoscaling:ResumeProcesses', where(groupName), () => client.send(command));
}

async function terminate(instanceId: string, decrement: boolean): Promise<void> {
  const member = await findMember(instanceId);
  if (!member || !isStaying(member.lifecycleState)) return;
  const [client, { TerminateInstanceInAutoScalingGroupCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  const command = new TerminateInstanceInAutoScalingGroupCommand({
    InstanceId: instanceId,
    ShouldDecrementDesiredCapacity: decrement,
  });
  await callAws('autoscaling:TerminateInstanceInAutoScalingGroup', `Instance ${instanceId}`, async () => {
    try {
      await client.send(command);
    } catch (error) {
      // It went between the two calls.
      if (errorCode(error) === 'ValidationError' && /not found/i.test(errorMessage(error))) return;
      if (decrement && errorCode(error) === 'ValidationError' && /min ?size/i.test(errorMessage(error)))
        throw new UserError(`the group of ${instanceId} is at its minimum size`, {
          where: where(member.groupName),
          fix: 'lower the minimum size of the worker group in environment.yaml and run `kubezero up`, then the same command again',
          state: 'the machine is still running',
          exitCode: exitCode.blocked,
          cause: error,
        });
      throw error;
    }
  });
}

async function findMember(instanceId: string): Promise<{ groupName: string; lifecycleState: string } | undefined> {
  const [client, { DescribeAutoScalingInstancesCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  const command = new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] });
  const { AutoScalingInstances = [] } = await callAws(
    'autoscaling:DescribeAutoScalingInstances',
    `Instance ${instanceId}`,
    () => client.send(command),
  );
  const [member] = AutoScalingInstances;
  return member && { groupName: member.AutoScalingGroupName ?? '', lifecycleState: member.LifecycleState ?? '' };
}

async function getGroup(name: string): Promise<AutoScalingGroup> {
  const [client, { DescribeAutoScalingGroupsCommand }] = await Promise.all([
    autoScaling(),
    import('@aws-sdk/client-auto-scaling'),
  ]);
  const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
  const { AutoScalingGroups = [] } = await callAws('autoscaling:DescribeAutoScalingGroups', where(name), () =>
    client.send(command),
  );
  const [group] = AutoScalingGroups;
  if (!group)
    throw new UserError('there is no such Auto Scaling group', {
      where: where(name),
      fix: "check AWS_REGION and the account, or run `kubezero up`: the environment's machines aren't deployed here",
      exitCode: exitCode.blocked,
    });
  return group;
}

/** A filter rather than ids: an id that EC2 has forgotten already would make the whole call fail. */
async function addressesOf(ids: string[]): Promise<Map<string, Pick<GroupInstance, 'privateIp' | 'privateDnsName'>>> {
  if (ids.length === 0) return new Map();
  const [client, { paginateDescribeInstances }] = await Promise.all([ec2(), import('@aws-sdk/client-ec2')]);
  return callAws('ec2:DescribeInstances', `Instances ${ids.join(', ')}`, async () => {
    const found = new Map<string, Pick<GroupInstance, 'privateIp' | 'privateDnsName'>>();
    const pages = paginateDescribeInstances({ client }, { Filters: [{ Name: 'instance-id', Values: ids }] });
    for await (const { Reservations = [] } of pages)
      for (const instance of Reservations.flatMap(({ Instances = [] }) => Instances))
        found.set(instance.InstanceId ?? '', {
          privateIp: instance.PrivateIpAddress ?? '',
          privateDnsName: instance.PrivateDnsName ?? '',
        });
    return found;
  });
}

function isStaying(lifecycleState: string): boolean {
  return !lifecycleState.startsWith('Terminat') && !lifecycleState.startsWith('Detach');
}

function where(groupName: string): string {
  return `Auto Scaling group ${groupName}`;
}
