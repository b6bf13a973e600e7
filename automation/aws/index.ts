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
export { callerAccount } from './identity.ts';
export { latestSnapshot, type Snapshot } from './snapshots.ts';
export { type Volume, volume } from './volumes.ts';
