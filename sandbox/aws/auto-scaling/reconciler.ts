import type { Account, Activity, Group, Instance } from '../account.ts';
import { launchInstance, terminateInstance } from '../instances.ts';
import { resolveVersion } from '../launch-templates.ts';
import { addActivity, finish } from './activities.ts';
import { instancesOf, isLive } from './members.ts';
import { pickForScaleIn } from './scale-in.ts';

/**
 * Brings a group nearer to its desired capacity, a moment later: launches what is missing, spread over the zones, or
 * terminates what is too much. Called after every change; asking twice does no harm.
 */
export function reconcile(account: Account, group: Group, cause: string): void {
  account.later(account.delays.reconcile, () => {
    if (group.deleting || account.groups.get(group.name) !== group) return;
    const members = instancesOf(account, group.name).filter(isLive);
    if (members.length < group.desired) launchMissing(account, group, members, cause);
    else if (members.length > group.desired) terminateSurplus(account, group, members, cause);
  });
}

function launchMissing(account: Account, group: Group, members: Instance[], cause: string): void {
  if (group.suspended.has('Launch')) return;
  const wait = group.retryAt - Date.now();
  if (wait > 0) {
    account.later(wait, () => reconcile(account, group, cause));
    return;
  }
  const live = [...members];
  while (live.length < group.desired) {
    const instance = launchOne(account, group, live, cause);
    if (!instance) return;
    live.push(instance);
  }
}

function launchOne(account: Account, group: Group, live: Instance[], cause: string): Instance | undefined {
  const activity = addActivity(
    group,
    'Launching a new EC2 instance',
    `${cause}, an instance was started in response to a difference between desired and actual capacity`,
  );
  const template = account.launchTemplates.get(group.launchTemplate.id);
  try {
    if (!template) throw new Error('The specified launch template does not exist. Launching EC2 instance failed.');
    const instance = launchInstance(account, {
      template: { id: template.id, version: resolveVersion(template, group.launchTemplate.version) },
      subnetId: emptiestSubnet(account, group, live),
      group: group.name,
      protectedFromScaleIn: group.protectNewInstances,
      tags: {
        ...Object.fromEntries(group.tags.filter(({ propagate }) => propagate).map(({ key, value }) => [key, value])),
        'aws:autoscaling:groupName': group.name,
        'aws:ec2launchtemplate:id': template.id,
        'aws:ec2launchtemplate:version': String(resolveVersion(template, group.launchTemplate.version)),
      },
      onBootFailure: (failed, error) => {
        // Whoever terminated it meanwhile is the reason, not the machine.
        if (!isLive(failed)) return;
        finish(activity, 'Failed', error.message);
        group.retryAt = Date.now() + account.delays.retry;
        if (!group.suspended.has('ReplaceUnhealthy'))
          terminateMember(
            account,
            group,
            failed,
            'an instance was taken out of service in response to an EC2 health check',
          );
      },
    });
    activity.description = `Launching a new EC2 instance: ${instance.id}`;
    account.later(account.delays.launch, () => {
      if (instance.lifecycleState !== 'Pending') return;
      instance.lifecycleState = 'InService';
      if (activity.status === 'InProgress') finish(activity, 'Successful');
    });
    return instance;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    finish(activity, 'Failed', `${message}. Launching EC2 instance failed.`);
    account.log(`group ${group.name} can't launch an instance: ${message}`);
    group.retryAt = Date.now() + account.delays.retry;
    account.later(account.delays.retry, () => reconcile(account, group, cause));
    return undefined;
  }
}

function terminateSurplus(account: Account, group: Group, members: Instance[], cause: string): void {
  if (group.suspended.has('Terminate')) return;
  for (const instance of pickForScaleIn(group, members, members.length - group.desired))
    terminateMember(
      account,
      group,
      instance,
      `${cause}, an instance was selected for termination in response to a difference between desired and actual capacity, shrinking the capacity to ${group.desired}`,
    );
}

function emptiestSubnet(account: Account, group: Group, live: Instance[]): string {
  const load = (subnetId: string) => {
    const zone = account.subnets.get(subnetId)?.zone;
    return live.filter((instance) => instance.zone === zone).length;
  };
  return [...group.subnetIds].sort((one, other) => load(one) - load(other))[0] ?? '';
}

/** Terminates a member with an activity of it, and looks at the group again when it is gone. */
export function terminateMember(account: Account, group: Group, instance: Instance, cause: string): Activity {
  const running = group.activities.find(
    ({ description, status }) => status === 'InProgress' && description === terminating(instance),
  );
  if (running) return running;
  const activity = addActivity(group, terminating(instance), cause);
  terminateInstance(account, instance.id, () => {
    finish(activity, 'Successful');
    if (group.deleting && instancesOf(account, group.name).length === 0) account.groups.delete(group.name);
    else reconcile(account, group, 'an instance was taken out of service');
  });
  return activity;
}

const terminating = (instance: Instance) => `Terminating EC2 instance: ${instance.id}`;
