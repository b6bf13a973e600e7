import { loadApplication } from '../application/application-file.ts';
import type { ChartStore } from '../charts/index.ts';
import type { Environment } from '../environment/environment.ts';
import type { ControllersOutputs, DesiredState, ModulesOutputs, NetworkOutputs } from '../environment/outputs.ts';
import { UserError } from '../errors/index.ts';
import { CrdProvider } from '../modules/crds/index.ts';
import { type DeliveryOptions, type GitSource, manifestsDirectory } from '../modules/delivery/index.ts';
import { type DeployedModules, deployModules } from '../modules/deploy.ts';
import { clusterProvider } from '../modules/provider.ts';
import { oldestRelease } from '../releases/release.ts';
import { clusterFacts } from './facts.ts';
import { type OnRead, ownOutputs, upstreamOutputs } from './upstream.ts';

export interface ModulesProgramOptions {
  charts: ChartStore;
  onManifests?: DeliveryOptions['onManifests'];
  onRead?: OnRead;
  /** In the place of that of the controllers' stack. */
  kubernetesVersion?: string;
}

/**
 * The modules layer of an environment: every module that application.yaml enables, each at its own release. Facts about
 * the cluster come from the outputs of the infrastructure layers.
 */
export async function modulesProgram(
  environment: Environment,
  desired: DesiredState['modules'],
  { charts, onManifests, onRead, kubernetesVersion }: ModulesProgramOptions,
): Promise<DeployedModules> {
  const network = await upstreamOutputs<NetworkOutputs>(environment.name, 'network', onRead);
  const controllers = await upstreamOutputs<ControllersOutputs>(environment.name, 'controllers', onRead);
  const application = loadApplication(environment);
  const documents = application.previous ? [application.previous, application] : [application];
  return deployModules({
    values: Object.fromEntries(documents.map(({ release, values }) => [release, values])),
    // A module that the configuration doesn't name is at the release of those that lag most.
    release: oldestRelease(Object.values(desired.releases)) ?? application.release,
    releases: desired.releases,
    crds: desired.crds,
    facts: clusterFacts(environment, network, kubernetesVersion === undefined ? controllers : { kubernetesVersion }),
    charts,
    provider: clusterProvider('cluster', { identifier: environment.name, context: environment.kubeContext }),
    crdProvider: new CrdProvider('crds', { context: environment.kubeContext }),
    delivery: {
      by: environment.delivery,
      source: gitSource(environment),
      before: deliveredBefore(await ownOutputs<ModulesOutputs>()),
      onManifests,
    },
  });
}

/** Where ArgoCD finds the environment's manifests; undefined where environment.yaml doesn't say. */
function gitSource({ name, git, delivery }: Environment): GitSource | undefined {
  if (!git.repoURL) return undefined;
  if (!git.path && delivery === 'argocd') {
    throw new UserError(`the environments directory of ${name} is in no git repository`, {
      where: 'environment.yaml: git.path',
      fix: 'ArgoCD reads rendered manifests from git: put the directory under git, or say its path in the repository',
      state: 'nothing was changed',
    });
  }
  const path = [git.path === '.' ? '' : git.path, name, manifestsDirectory].filter(Boolean).join('/');
  return { repoURL: git.repoURL, revision: git.branch, path };
}

/** A stack from before there was a choice delivered every module itself. */
function deliveredBefore({ delivery, releases = {} }: Partial<ModulesOutputs>): DeliveryOptions['before'] {
  return delivery ?? Object.fromEntries(Object.keys(releases).map((id) => [id, 'pulumi']));
}
