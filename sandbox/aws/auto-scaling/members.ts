import type { Account, Instance } from '../account.ts';

/** Instances that are in the group: from Pending until they are terminated. */
export function instancesOf(account: Account, groupName: string): Instance[] {
  return [...account.instances.values()].filter(
    (instance) => instance.group === groupName && instance.state !== 'terminated',
  );
}

/** Whether the group counts on it. */
export function isLive(instance: Instance): boolean {
  return instance.lifecycleState === 'Pending' || instance.lifecycleState === 'InService';
}
