import {
  describeGroup,
  type Group,
  type GroupInstance,
  instancesOfGroup,
  protectFromScaleIn,
  replaceInstance,
  resumeProcesses,
  suspendProcesses,
  terminateAndDecrement,
} from './auto-scaling.ts';
import { type Backup, latestBackup } from './snapshots.ts';
import { type Volume, volume } from './volumes.ts';

/** What an upgrade reads of AWS. What can't be read is an error, never absence. */
export interface AwsReader {
  /** @throws UserError when there is no such group */
  describeGroup(name: string): Promise<Group>;
  /** Machines that are in the group now, also those on their way in or out. @throws UserError when there is no such group */
  instancesOfGroup(name: string): Promise<GroupInstance[]>;
  /** Undefined when there is no such volume. */
  volume(volumeId: string): Promise<Volume | undefined>;
  /** The newest backup in a folder of a bucket; undefined where there is provably none. */
  latestBackup(bucket: string, folder: string): Promise<Backup | undefined>;
}

/** What an upgrade changes in AWS beside its stacks. Each of it may be said again. */
export interface AwsWriter {
  /** Terminates a machine; its group starts another one. */
  replaceInstance(instanceId: string): Promise<void>;
  /** Terminates exactly this machine and lowers its group's desired capacity by one. @throws UserError at the minimum size */
  terminateAndDecrement(instanceId: string): Promise<void>;
  /** Protects machines from being chosen when the group scales in, or lifts that. */
  protectFromScaleIn(group: string, instanceIds: string[], on: boolean): Promise<void>;
  /** Stops a group's own activities until they are resumed. */
  suspendProcesses(group: string, processes: string[]): Promise<void>;
  resumeProcesses(group: string, processes: string[]): Promise<void>;
}

/** AWS as an upgrade has it. */
export interface Aws extends AwsReader, AwsWriter {}

/** The account that region and credentials of the surroundings lead to. Nothing is contacted yet. */
export function openAws(): Aws {
  return {
    describeGroup,
    instancesOfGroup,
    volume,
    latestBackup,
    replaceInstance,
    terminateAndDecrement,
    protectFromScaleIn,
    suspendProcesses,
    resumeProcesses,
  };
}
