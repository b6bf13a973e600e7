import type { Aws, Backup } from '../../../../automation/live/aws/index.ts';
import { exitCode, UserError } from '../../../../errors/index.ts';
import { type Groups, isLive } from './groups.ts';
import type { Session } from './session.ts';

export interface VolumeState {
  zone: string;
  attachedTo?: string;
}

/** What of an account the steps see. */
export interface Account {
  groups: Groups;
  volumes: Map<string, VolumeState>;
  /** The newest backup in the bucket. */
  backup(): Backup | undefined;
}

/** AWS as one run has it, on an account in memory. */
export function awsOf({ groups, volumes, backup }: Account, session: Session): Aws {
  const suspension = (on: boolean) => async (name: string, processes: string[]) =>
    session.change(`aws.${on ? 'suspend' : 'resume'}Processes`, name, () => {
      const { suspended } = groups.get(name);
      for (const process of processes) on ? suspended.add(process) : suspended.delete(process);
    });
  return {
    describeGroup: async (name) =>
      session.read('aws.describeGroup', () => {
        const { min, max, desired, suspended } = groups.get(name);
        return { name, min, max, desired, suspendedProcesses: [...suspended] };
      }),
    instancesOfGroup: async (name) =>
      session.read('aws.instancesOfGroup', () =>
        groups.members(name).map((machine) => ({
          instanceId: machine.id,
          privateIp: '10.0.0.1',
          privateDnsName: machine.id,
          zone: machine.zone,
          launchTemplateVersion: machine.version,
          lifecycleState: machine.state,
          protectedFromScaleIn: machine.protected,
        })),
      ),
    volume: async (volumeId) =>
      session.read('aws.volume', () => {
        const found = volumes.get(volumeId);
        return found && { volumeId, state: found.attachedTo ? 'in-use' : 'available', ...found };
      }),
    latestBackup: async () => session.read('aws.latestBackup', backup),
    async replaceInstance(id) {
      const machine = groups.machines.get(id);
      if (!machine || !isLive(machine)) return;
      await session.change('aws.replaceInstance', id, () => groups.stop(id, 'terminated'));
    },
    async terminateAndDecrement(id) {
      const machine = groups.machines.get(id);
      if (!machine || !isLive(machine)) return;
      await session.change('aws.terminateAndDecrement', id, () => {
        const group = groups.get(machine.group);
        if (group.desired - 1 < group.min)
          throw new UserError(`the group of ${id} is at its minimum size`, { exitCode: exitCode.blocked });
        group.desired -= 1;
        groups.stop(id, 'terminated');
      });
    },
    async protectFromScaleIn(name, ids, on) {
      const members = groups.live(name).filter((machine) => ids.includes(machine.id) && machine.protected !== on);
      if (members.length === 0) return;
      await session.change('aws.protectFromScaleIn', `${name} ${on}`, () => {
        for (const machine of members) machine.protected = on;
        groups.reconcile(name);
      });
    },
    suspendProcesses: suspension(true),
    resumeProcesses: suspension(false),
  };
}
