import type { Environment } from '../../environment/environment.ts';
import type { ControllersOutputs, NetworkOutputs } from '../../environment/outputs.ts';
import type { Release } from '../../releases/release.ts';
import { openAccount } from '../account.ts';
import { findImage } from '../image.ts';
import type { Promised } from '../outputs.ts';
import { Controllers } from './controllers.ts';

/** The controllers layer of an environment at a release. */
export async function controllersProgram(
  environment: Environment,
  network: NetworkOutputs,
  release: Release,
): Promise<Promised<ControllersOutputs>> {
  const { provider } = await openAccount(environment);
  const imageId = await findImage(environment, release, provider);
  const controllers = new Controllers(environment.name, { environment, network, release, imageId }, { provider });
  return {
    release: release.id,
    kubernetesVersion: release.kubernetesVersion,
    imageId,
    autoScalingGroups: controllers.autoScalingGroups,
    launchTemplates: controllers.launchTemplates,
    etcdVolumeIds: controllers.etcdVolumeIds,
    nodeNames: controllers.nodeNames,
  };
}
