import { loadApplication } from '../../application/application-file.ts';
import type { Environment } from '../../environment/environment.ts';
import { type Layer, layers } from '../../environment/outputs.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { stackName } from '../engine/configuration.ts';
import type { StackReader } from '../engine/stacks.ts';
import type { Cluster } from '../live/kubernetes/client.ts';
import { all, deployedRelease } from './build.ts';
import { commitOf } from './commit.ts';
import { type EnvironmentPlan, planVersion } from './document.ts';
import { type Autoscaled, withoutNoise } from './drift-noise.ts';
import { verdictOf } from './verdict.ts';

export interface DriftRequest {
  environment: Environment;
  stacks: StackReader;
  /** Layers to look at; all where it isn't said. */
  layers?: readonly Layer[];
  /** Opens the cluster, to ask which workloads are sized by an autoscaler; may throw where there is none. */
  cluster(): Cluster;
  signal?: AbortSignal;
  /** Told when work on a part begins and ends, e.g. `demo-network`. */
  onProgress?: (part: string, state: 'started' | 'finished') => void;
}

/**
 * What the world has and the stacks of an environment don't know: each stack compared with AWS and the cluster, side by
 * side, in a document of the same form as a preview's. In it `update` is what differs from what was deployed, `delete`
 * what is gone; before is as deployed, after as it is. Changes nothing, not even what the stacks know.
 * @throws UserError where a stack can't be compared, e.g. because the cluster can't be reached
 */
export async function buildDrift(request: DriftRequest): Promise<EnvironmentPlan> {
  const { environment, stacks } = request;
  const { release } = loadApplication(environment);
  const chosen = layers.filter((layer) => request.layers?.includes(layer) ?? true);
  const [commit, scaled, ...found] = await all([
    commitOf(environment),
    autoscaled(request),
    ...chosen.map((layer) => lookAt(layer, request)),
  ] as const);
  const plans = found.map((plan) => withoutNoise(plan, scaled));
  const judged = { command: 'drift' as const, environment: environment.name, stacks: plans };
  return {
    version: planVersion,
    ...judged,
    at: new Date().toISOString(),
    ...(commit ? { commit } : {}),
    release: { files: release, ...(await deployedRelease(stacks)) },
    verdict: verdictOf(judged),
    charts: [],
  };
}

async function lookAt(layer: Layer, { environment, stacks, signal, onProgress }: DriftRequest): Promise<StackPlan> {
  const stack = stackName(environment.name, layer);
  onProgress?.(stack, 'started');
  const started = performance.now();
  try {
    const plan = await stacks.refresh(layer, { signal });
    return { ...plan, seconds: Math.round((performance.now() - started) / 100) / 10 };
  } finally {
    onProgress?.(stack, 'finished');
  }
}

async function autoscaled({ stacks, cluster }: DriftRequest): Promise<Autoscaled> {
  const [workers, workloads] = await Promise.all([stacks.outputs('workers'), scaledWorkloads(cluster)]);
  return { groups: workers?.groups ?? {}, workloads };
}

/** What HorizontalPodAutoscalers size; nothing where the cluster can't be asked: then its stack can't be compared either. */
async function scaledWorkloads(open: () => Cluster): Promise<Set<string>> {
  try {
    const group = { group: 'autoscaling', version: 'v1', plural: 'horizontalpodautoscalers' };
    const { items } = (await open().custom.listClusterCustomObject(group)) as { items: Autoscaler[] };
    return new Set(
      items.map(({ metadata, spec: { scaleTargetRef } }) => {
        return `${scaleTargetRef.kind} ${metadata.namespace}/${scaleTargetRef.name}`;
      }),
    );
  } catch {
    return new Set();
  }
}

interface Autoscaler {
  metadata: { namespace: string };
  spec: { scaleTargetRef: { kind: string; name: string } };
}
