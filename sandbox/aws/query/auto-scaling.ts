import type { Account, Activity, Group, Instance } from '../account.ts';
import {
  createGroup,
  deleteGroup,
  getGroup,
  setProtection,
  setSuspended,
  terminateInGroup,
  updateGroup,
} from '../auto-scaling/groups.ts';
import { instancesOf } from '../auto-scaling/members.ts';
import { AwsError } from '../errors.ts';
import type { Action } from './action.ts';
import { filterOf } from './filters.ts';
import { type Body, flag, number, type Parameters, structure, structures, text, texts } from './protocol.ts';

export const autoScalingActions: Record<string, Action> = {
  DescribeAutoScalingGroups: (account, parameters) => {
    const names = texts(parameters, 'AutoScalingGroupNames');
    const matches = filterOf(parameters, { list: 'Filters', value: 'Values' });
    // Unknown names are left out of the answer, as AWS does.
    const groups = [...account.groups.values()].filter(
      (group) => (names.length === 0 || names.includes(group.name)) && matches({ fields: {}, tags: tagsOf(group) }),
    );
    return { AutoScalingGroups: groups.map((group) => describeGroup(account, group)) };
  },

  DescribeAutoScalingInstances: (account, parameters) => {
    const ids = texts(parameters, 'InstanceIds');
    const members = [...account.groups.keys()].flatMap((name) => instancesOf(account, name));
    return {
      AutoScalingInstances: members
        .filter(({ id }) => ids.length === 0 || ids.includes(id))
        .map((instance) => ({
          ...describeMember(instance),
          AutoScalingGroupName: instance.group,
          // This one call answers in capitals.
          HealthStatus: healthOf(instance).toUpperCase(),
        })),
    };
  },

  TerminateInstanceInAutoScalingGroup: (account, parameters) => ({
    Activity: describeActivity(
      terminateInGroup(
        account,
        text(parameters, 'InstanceId') ?? '',
        flag(parameters, 'ShouldDecrementDesiredCapacity') ?? false,
      ),
      account.instances.get(text(parameters, 'InstanceId') ?? '')?.group,
    ),
  }),

  SetInstanceProtection: (account, parameters) => {
    setProtection(
      account,
      nameOf(parameters),
      texts(parameters, 'InstanceIds'),
      flag(parameters, 'ProtectedFromScaleIn') ?? false,
    );
    return {};
  },

  CreateAutoScalingGroup: (account, parameters) => {
    const template = structure(parameters, 'LaunchTemplate');
    if (!template)
      throw new AwsError(
        'ValidationError',
        'Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.',
      );
    createGroup(account, {
      ...changeOf(parameters),
      name: nameOf(parameters),
      min: number(parameters, 'MinSize') ?? 0,
      max: number(parameters, 'MaxSize') ?? 0,
      launchTemplate: templateOf(template),
      subnetIds: subnetIdsOf(parameters) ?? [],
      tags: parseTags(parameters),
    });
    return {};
  },

  UpdateAutoScalingGroup: (account, parameters) => {
    const template = structure(parameters, 'LaunchTemplate');
    updateGroup(account, nameOf(parameters), {
      ...changeOf(parameters),
      min: number(parameters, 'MinSize'),
      max: number(parameters, 'MaxSize'),
      ...(template ? { launchTemplate: templateOf(template) } : {}),
      subnetIds: subnetIdsOf(parameters),
    });
    return {};
  },

  SetDesiredCapacity: (account, parameters) => {
    updateGroup(account, nameOf(parameters), { desired: number(parameters, 'DesiredCapacity') });
    return {};
  },

  DeleteAutoScalingGroup: (account, parameters) => {
    deleteGroup(account, nameOf(parameters), flag(parameters, 'ForceDelete'));
    return {};
  },

  DescribeScalingActivities: (account, parameters) => {
    const name = text(parameters, 'AutoScalingGroupName');
    const groups = name === undefined ? [...account.groups.values()] : [getGroup(account, name)];
    return {
      Activities: groups.flatMap((group) => group.activities.map((entry) => describeActivity(entry, group.name))),
    };
  },

  SuspendProcesses: (account, parameters) => {
    setSuspended(account, nameOf(parameters), texts(parameters, 'ScalingProcesses'), true);
    return {};
  },

  ResumeProcesses: (account, parameters) => {
    setSuspended(account, nameOf(parameters), texts(parameters, 'ScalingProcesses'), false);
    return {};
  },
};

function nameOf(parameters: Parameters): string {
  return text(parameters, 'AutoScalingGroupName') ?? '';
}

function changeOf(parameters: Parameters) {
  const policies = texts(parameters, 'TerminationPolicies');
  return {
    desired: number(parameters, 'DesiredCapacity'),
    protectNewInstances: flag(parameters, 'NewInstancesProtectedFromScaleIn'),
    healthCheckType: text(parameters, 'HealthCheckType'),
    healthCheckGracePeriod: number(parameters, 'HealthCheckGracePeriod'),
    defaultCooldown: number(parameters, 'DefaultCooldown'),
    terminationPolicies: policies.length > 0 ? policies : undefined,
  };
}

function templateOf(template: Parameters) {
  return {
    id: text(template, 'LaunchTemplateId'),
    name: text(template, 'LaunchTemplateName'),
    version: text(template, 'Version'),
  };
}

function subnetIdsOf(parameters: Parameters): string[] | undefined {
  return text(parameters, 'VPCZoneIdentifier')?.split(',').filter(Boolean);
}

function parseTags(parameters: Parameters): Group['tags'] {
  return structures(parameters, 'Tags').map((tag) => ({
    key: text(tag, 'Key') ?? '',
    value: text(tag, 'Value') ?? '',
    propagate: flag(tag, 'PropagateAtLaunch') ?? false,
  }));
}

function tagsOf(group: Group): Record<string, string> {
  return Object.fromEntries(group.tags.map(({ key, value }) => [key, value]));
}

function describeGroup(account: Account, group: Group): Record<string, Body> {
  const zones = group.subnetIds.map((id) => account.subnets.get(id)?.zone);
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    LaunchTemplate: {
      LaunchTemplateId: group.launchTemplate.id,
      LaunchTemplateName: account.launchTemplates.get(group.launchTemplate.id)?.name,
      Version: group.launchTemplate.version,
    },
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.defaultCooldown,
    AvailabilityZones: [...new Set(zones)],
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    HealthCheckType: group.healthCheckType,
    HealthCheckGracePeriod: group.healthCheckGracePeriod,
    Instances: instancesOf(account, group.name).map(describeMember),
    CreatedTime: group.createdTime,
    SuspendedProcesses: [...group.suspended].map((process) => ({
      ProcessName: process,
      SuspensionReason: 'User suspended',
    })),
    VPCZoneIdentifier: group.subnetIds.join(','),
    EnabledMetrics: [],
    Status: group.deleting ? 'Delete in progress' : undefined,
    Tags: group.tags.map(({ key, value, propagate }) => ({
      ResourceId: group.name,
      ResourceType: 'auto-scaling-group',
      Key: key,
      Value: value,
      PropagateAtLaunch: propagate,
    })),
    TerminationPolicies: group.terminationPolicies,
    NewInstancesProtectedFromScaleIn: group.protectNewInstances,
  };
}

function describeMember(instance: Instance): Record<string, Body> {
  return {
    InstanceId: instance.id,
    InstanceType: instance.instanceType,
    AvailabilityZone: instance.zone,
    LifecycleState: instance.lifecycleState,
    HealthStatus: healthOf(instance),
    LaunchTemplate: instance.launchTemplate && {
      LaunchTemplateId: instance.launchTemplate.id,
      LaunchTemplateName: instance.launchTemplate.name,
      Version: String(instance.launchTemplate.version),
    },
    ProtectedFromScaleIn: instance.protectedFromScaleIn,
  };
}

function healthOf(instance: Instance): string {
  return instance.lifecycleState === 'Terminating' ? 'Unhealthy' : 'Healthy';
}

function describeActivity(activity: Activity, groupName: string | undefined): Record<string, Body> {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: groupName,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: activity.start,
    EndTime: activity.end,
    StatusCode: activity.status,
    StatusMessage: activity.message,
    Progress: activity.status === 'InProgress' ? 50 : 100,
    Details: '{}',
  };
}
