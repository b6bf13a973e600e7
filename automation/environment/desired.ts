import { releases } from '../../releases/index.ts';
import { moduleIds, oldestRelease, type ReleaseId } from '../../releases/release.ts';
import { loadApplication } from '../../stacks/application.ts';
import type { Environment } from '../../stacks/environment.ts';
import type { DesiredState, Layer } from '../../stacks/outputs.ts';
import type { Desired, Stacks } from '../stack/driver.ts';

/**
 * Desired state of a layer: what is deployed; on a first deployment, everything at application.yaml's release. Modules
 * that application.yaml enables since are added at the release the others are at.
 */
export async function desiredOf<L extends Layer>(
  layer: L,
  environment: Environment,
  stacks: Stacks,
): Promise<Desired<L>> {
  const { release, values } = loadApplication(environment);
  const state = async (): Promise<DesiredState[keyof DesiredState] | undefined> => {
    switch (layer) {
      case 'controllers':
        return { release: (await stacks.outputs('controllers'))?.release ?? release };
      case 'workers': {
        const deployed = await stacks.outputs('workers');
        return { release: deployed?.release ?? release, surge: deployed?.surge ?? false };
      }
      case 'modules': {
        const deployed = await stacks.outputs('modules');
        const current = oldestRelease(Object.values(deployed?.releases ?? {})) ?? release;
        const enabled = moduleIds.filter(
          (id) =>
            (values[id] as { enabled?: boolean } | undefined)?.enabled &&
            releases[deployed?.releases[id] ?? current].modules[id],
        );
        const at = (map: Partial<Record<string, ReleaseId>> | undefined) =>
          Object.fromEntries(enabled.map((id) => [id, map?.[id] ?? current])) as DesiredState['modules']['releases'];
        return { releases: at(deployed?.releases), crds: at(deployed?.crds) };
      }
      default:
        return undefined;
    }
  };
  return (await state()) as Desired<L>;
}
