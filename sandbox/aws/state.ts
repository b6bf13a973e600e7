import type { Account, Activity, HostedZone } from './account.ts';
import { instancesOf } from './auto-scaling/members.ts';

/** What is in the account, as plain JSON for people and tests. User data and object contents are left out. */
export interface AwsState {
  account: string;
  region: string;
  instances: {
    id: string;
    state: string;
    zone: string;
    privateIp: string;
    instanceType: string;
    imageName: string;
    launchTemplateVersion?: number;
    group?: string;
    lifecycleState?: string;
    protectedFromScaleIn: boolean;
    launchTime: string;
  }[];
  volumes: {
    id: string;
    zone: string;
    size: number;
    type: string;
    attachedTo?: string;
    attachment?: 'attaching' | 'attached';
    tags: Record<string, string>;
  }[];
  launchTemplates: { id: string; name: string; defaultVersion: number; latestVersion: number }[];
  autoScalingGroups: {
    name: string;
    min: number;
    max: number;
    desired: number;
    launchTemplate: { id: string; version: string };
    instances: string[];
    suspended: string[];
    activities: (Pick<Activity, 'description' | 'status' | 'message'> & { start: string })[];
  }[];
  /** Keys by bucket. */
  buckets: Record<string, string[]>;
  /** `<name> <type>` → values, by hosted zone id, without a zone's own NS and SOA records. */
  dns: Record<string, Record<string, string[]>>;
  /** Number of resources that the Pulumi provider knows, by type token. */
  resources: Record<string, number>;
}

/** The account as `kubezero sandbox status` shows it. */
export function stateOf(account: Account): AwsState {
  return {
    account: account.id,
    region: account.region,
    instances: [...account.instances.values()].map((instance) => ({
      id: instance.id,
      state: instance.state,
      zone: instance.zone,
      privateIp: instance.privateIp,
      instanceType: instance.instanceType,
      imageName: account.images.get(instance.imageId)?.name ?? instance.imageId,
      launchTemplateVersion: instance.launchTemplate?.version,
      group: instance.group,
      lifecycleState: instance.lifecycleState,
      protectedFromScaleIn: instance.protectedFromScaleIn,
      launchTime: instance.launchTime.toISOString(),
    })),
    volumes: [...account.volumes.values()].map(({ id, zone, size, type, attachment, tags }) => ({
      id,
      zone,
      size,
      type,
      attachedTo: attachment?.instanceId,
      attachment: attachment?.state,
      tags,
    })),
    launchTemplates: [...account.launchTemplates.values()].map(({ id, name, defaultVersion, versions }) => ({
      id,
      name,
      defaultVersion,
      latestVersion: versions.length,
    })),
    autoScalingGroups: [...account.groups.values()].map((group) => ({
      name: group.name,
      min: group.min,
      max: group.max,
      desired: group.desired,
      launchTemplate: group.launchTemplate,
      instances: instancesOf(account, group.name).map(({ id }) => id),
      suspended: [...group.suspended],
      activities: group.activities.slice(0, 10).map(({ description, status, message, start }) => ({
        description,
        status,
        message,
        start: start.toISOString(),
      })),
    })),
    buckets: Object.fromEntries(
      [...account.buckets.values()].map(({ name, objects }) => [name, [...objects.keys()].sort()]),
    ),
    dns: Object.fromEntries([...account.hostedZones.values()].map((zone) => [zone.id, recordsOf(zone)])),
    resources: Object.fromEntries([...account.resources].map(([type, all]) => [type, all.size])),
  };
}

function recordsOf({ name: zoneName, records }: HostedZone): Record<string, string[]> {
  const ours = [...records.values()].filter(({ name, type }) => name !== zoneName || (type !== 'NS' && type !== 'SOA'));
  return Object.fromEntries(ours.map(({ name, type, values }) => [`${name} ${type}`, values]));
}
