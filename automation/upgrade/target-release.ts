import type { Application } from '../../application/application-file.ts';
import { nextRelease, type ReleaseId } from '../../releases/release.ts';
import { upgrades } from '../../releases/upgrades.ts';
import type { StackOutputs } from '../engine/stacks.ts';
import type { AwsReader } from '../live/aws/index.ts';
import { pendingRelease } from '../plan/pending-release.ts';
import { hasOldMachines } from './machine-groups.ts';

type Files = Pick<Application, 'release' | 'previous'>;

/**
 * Release that an upgrade goes to where none is named: that of one that isn't finished, else the one after the deployed
 * one; at the newest, the newest.
 */
export async function releaseToGoTo(
  application: Files,
  stacks: StackOutputs,
  aws: Pick<AwsReader, 'instancesOfGroup'>,
): Promise<ReleaseId> {
  const { release } = application;
  const pending = await pendingRelease(application, stacks);
  if (pending) return pending;
  const next = nextRelease(release);
  // No upgrade leads to the first release that is known: there, old machines only lag behind a change of their template.
  if (!next || !upgrades.some(({ to }) => to === release)) return next ?? release;
  // Between the last module and the new workers, machines alone show that the upgrade goes on.
  return (await hasOldMachines(stacks, aws)) ? release : next;
}

/** The same as far as the environment's files tell. */
export function releaseToGoToByFiles({ release, previous }: Files): ReleaseId {
  return previous ? release : (nextRelease(release) ?? release);
}
