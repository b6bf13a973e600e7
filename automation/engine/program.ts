import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import type { ChartStore } from '../../charts/index.ts';
import type { Environment } from '../../environment/environment.ts';
import type { DesiredState, Layer, LayerOutputs } from '../../environment/outputs.ts';
import { type ProgramOptions, programFor } from '../../stacks/index.ts';
import { ownOutputs } from '../../stacks/upstream.ts';
import { registerConfigurationSecrets } from './configuration-secrets.ts';

/** Desired state that an update of a layer may be given; the network layer follows no release. */
export type Desired<L extends Layer> = L extends keyof DesiredState ? DesiredState[L] : undefined;

/** Desired state as it follows from what is deployed: worked out while the engine is at it, instead of before. */
export type DesiredFrom<L extends Layer> = (deployed: LayerOutputs[L] | undefined) => Desired<L>;

/** A stack's program for one operation, and the error that ended it. */
export interface Program {
  run: PulumiFn;
  /** Absent until it has failed. */
  error?: unknown;
}

/**
 * A layer's program for one operation; what is thrown inside it is kept, since the engine only passes on its text. Each
 * operation has one of its own, so that operations side by side don't take each other's errors for theirs.
 */
export function layerProgram<L extends Layer>(
  environment: Environment,
  layer: L,
  charts: ChartStore,
  desired: Desired<L> | DesiredFrom<L> | undefined,
  { onManifests, onRead, kubernetesVersion }: ProgramOptions,
): Program {
  const program: Program = {
    run: async () => {
      try {
        registerConfigurationSecrets();
        const options = { onManifests, onRead, kubernetesVersion };
        return await programFor(environment, layer, charts, await wanted(), options)();
      } catch (error) {
        program.error = error;
        throw error;
      }
    },
  };
  return program;

  async function wanted(): Promise<Desired<L> | undefined> {
    if (typeof desired !== 'function') return desired;
    return desired(presentOnly(await ownOutputs()) as LayerOutputs[L] | undefined);
  }
}

/** A stack that exports nothing isn't deployed. */
export function presentOnly<T extends object>(values: T): T | undefined {
  return Object.keys(values).length > 0 ? values : undefined;
}
