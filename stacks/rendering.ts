import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import type { ChartStore } from '../charts/index.ts';
import type { ClusterFacts, KubernetesObject, Values } from '../modules/definition.ts';
import { pinsOf, planModules, type RenderedModule, renderModules } from '../modules/deploy.ts';
import { offlineProvider } from '../modules/provider.ts';
import { deprecatedSince, type ModuleApi, unservedBy } from '../modules/served.ts';
import type { ChartPin, ModuleId, ReleaseId } from '../releases/release.ts';

export { manifestYaml, namedFiles } from '../modules/delivery/manifests.ts';
export { describeApi, type ModuleApi } from '../modules/served.ts';
export type { ClusterFacts, KubernetesObject, Values };

/** What decides what the modules of an environment are, at one release. */
export interface RenderingArgs {
  release: ReleaseId;
  /** application.yaml's values of that release. */
  values: Values;
  facts: ClusterFacts;
  /** Kubernetes version whose APIs count; default: that of `facts`. */
  against?: string;
}

/** What the modules layer would deploy. */
export interface RenderedEnvironment {
  /** In the order they are deployed; of each module its definitions, its namespace, and its objects. */
  modules: { module: ModuleId; objects: KubernetesObject[] }[];
  /** APIs in it that the Kubernetes version in question doesn't serve. */
  unserved: ModuleApi[];
  /** APIs in it that some later version doesn't serve any more. */
  deprecated: ModuleApi[];
}

/** Charts that an environment's modules are made of. Pure: whether they are to be had isn't looked at. */
export function chartsWanted({ release, values, facts }: RenderingArgs): ChartPin[] {
  return pinsOf(planModules({ release, values: { [release]: values }, facts }));
}

/**
 * A program that renders an environment's modules and deploys nothing; to be previewed. Needs no cluster.
 * @param directory  where the provider may write
 */
export function renderingProgram(
  { release, values, facts, against = facts.kubernetesVersion }: RenderingArgs,
  charts: ChartStore,
  directory: string,
  onRendered: (rendered: RenderedEnvironment) => void,
): PulumiFn {
  return async () => {
    const provider = offlineProvider('render', directory);
    const args = { release, values: { [release]: values }, facts, charts, provider };
    const rendered = await renderModules(args, { components: true });
    onRendered({
      modules: rendered.map((module) => ({ module: module.definition.id, objects: objectsOf(module) })),
      unserved: unservedBy(against, rendered),
      deprecated: deprecatedSince(against, rendered),
    });
  };
}

function objectsOf({ manifest, crds, objects }: RenderedModule): KubernetesObject[] {
  const { name, labels } = manifest.namespace;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels ? { labels } : {}) } };
  return [...crds, ...(name === 'kube-system' ? [] : [namespace]), ...objects];
}
