import type { Environment } from '../../environment/environment.ts';
import type { NetworkOutputs, WorkersOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import { openAccount } from '../account.ts';
import { findImage } from '../image.ts';
import type { Promised } from '../outputs.ts';
import { Workers } from './workers.ts';

export interface WorkersState {
  release: Release;
  surge: boolean;
}

/** The workers layer of an environment at a release. */
export async function workersProgram(
  environment: Environment,
  network: NetworkOutputs,
  { release, surge }: WorkersState,
): Promise<Promised<WorkersOutputs>> {
  const { provider } = await openAccount(environment);
  const imageId = await findImage(environment, release, provider);
  const { groups } = new Workers(environment.name, { environment, network, release, imageId, surge }, { provider });
  return { release: release.id, kubernetesVersion: release.kubernetesVersion, imageId, surge, groups };
}
