export {
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
export { type Aws, type AwsReader, type AwsWriter, openAws } from './aws.ts';
export { type CallerIdentity, callerAccount, callerIdentity } from './identity.ts';
export { type ObjectAddress, readObject } from './objects.ts';
export { deleteRecords, recordsOfZone } from './records.ts';
export { type Backup, latestBackup } from './snapshots.ts';
export { type Volume, volume } from './volumes.ts';
