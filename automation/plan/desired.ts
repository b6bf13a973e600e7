import type { Application } from '../../application/application-file.ts';
import type { DesiredState, Layer, LayerOutputs } from '../../environment/outputs.ts';
import { releases } from '../../releases/index.ts';
import { moduleIds, oldestRelease, type ReleaseId } from '../../releases/release.ts';
import type { DesiredFrom } from '../engine/driver.ts';

/**
 * Desired state of a layer, as it follows from what is deployed: the releases it is at; on a first deployment, everything
 * at application.yaml's release. Modules that application.yaml enables since are added at the release the others are at.
 */
export function desiredFrom<L extends Layer>(layer: L, { release, values }: Application): DesiredFrom<L> {
  const states: { [K in Layer]: (deployed: LayerOutputs[K] | undefined) => unknown } = {
    network: () => undefined,
    controllers: (deployed): DesiredState['controllers'] => ({ release: deployed?.release ?? release }),
    workers: (deployed): DesiredState['workers'] => ({
      release: deployed?.release ?? release,
      surge: deployed?.surge ?? false,
    }),
    modules: (deployed): DesiredState['modules'] => {
      const current = oldestRelease(Object.values(deployed?.releases ?? {})) ?? release;
      const enabled = moduleIds.filter(
        (id) =>
          (values[id] as { enabled?: boolean } | undefined)?.enabled &&
          releases[deployed?.releases[id] ?? current]!.modules[id],
      );
      const at = (map: Partial<Record<string, ReleaseId>> | undefined) =>
        Object.fromEntries(enabled.map((id) => [id, map?.[id] ?? current])) as DesiredState['modules']['releases'];
      return { releases: at(deployed?.releases), crds: at(deployed?.crds) };
    },
  };
  return states[layer] as DesiredFrom<L>;
}
