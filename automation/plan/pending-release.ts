import type { Application } from '../../application/application-file.ts';
import { newestRelease, type ReleaseId } from '../../releases/release.ts';
import type { StackOutputs } from '../engine/stacks.ts';

/**
 * Release of an upgrade that isn't finished: the files are ahead of what is deployed, or some of what is deployed is; new
 * workers stand beside the old ones; or the files of the release before are still there.
 * @returns undefined where there is none, and of an environment that isn't deployed as a whole yet
 */
export async function pendingRelease(
  { release, previous }: Pick<Application, 'release' | 'previous'>,
  stacks: StackOutputs,
): Promise<ReleaseId | undefined> {
  const [controllers, workers, modules] = await Promise.all([
    stacks.outputs('controllers'),
    stacks.outputs('workers'),
    stacks.outputs('modules'),
  ]);
  if (!controllers || !workers || !modules) return undefined;
  const deployed = [
    controllers.release,
    workers.release,
    ...Object.values(modules.releases),
    ...Object.values(modules.crds),
  ];
  const unfinished = workers.surge || previous !== undefined || deployed.some((id) => id !== release);
  return unfinished ? newestRelease([release, ...deployed]) : undefined;
}
