import { join } from 'node:path';
import { lockFileName, useLock } from '../charts/index.ts';
import { deployModules } from '../modules/deploy.ts';
import { clusterProvider } from '../modules/provider.ts';
import { oldestRelease } from '../releases/release.ts';
import { loadApplication } from './application.ts';
import type { Environment } from './environment.ts';
import { clusterFacts } from './facts.ts';
import type { ControllersOutputs, DesiredState, ModulesOutputs, NetworkOutputs } from './outputs.ts';
import { upstreamOutputs } from './upstream.ts';

/**
 * The modules layer of an environment: every module that application.yaml enables, each at its own release. Facts about
 * the cluster come from the outputs of the infrastructure layers.
 */
export async function modulesProgram(
  environment: Environment,
  desired: DesiredState['modules'],
): Promise<ModulesOutputs> {
  const network = await upstreamOutputs<NetworkOutputs>(environment.name, 'network');
  const controllers = await upstreamOutputs<ControllersOutputs>(environment.name, 'controllers');
  const application = loadApplication(environment);
  useLock(join(environment.directory, lockFileName));
  const documents = application.previous ? [application.previous, application] : [application];
  return deployModules({
    values: Object.fromEntries(documents.map(({ release, values }) => [release, values])),
    // A module that the configuration doesn't name is at the release of those that lag most.
    release: oldestRelease(Object.values(desired.releases)) ?? application.release,
    releases: desired.releases,
    crds: desired.crds,
    facts: clusterFacts(environment, network, controllers),
    provider: clusterProvider('cluster', { identifier: environment.name, context: environment.kubeContext }),
  });
}
