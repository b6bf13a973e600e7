import { type Application, loadApplication } from '../../application/application-file.ts';
import type { ChartStore } from '../../charts/index.ts';
import type { Environment } from '../../environment/environment.ts';
import { type Layer, layers, upstreamOf } from '../../environment/outputs.ts';
import { UserError } from '../../errors/index.ts';
import { oldestRelease, type ReleaseId } from '../../releases/release.ts';
import type { ManifestFile } from '../../stacks/delivery.ts';
import { NotDeployed } from '../../stacks/upstream.ts';
import type { StackPlan } from '../engine/changes/schema.ts';
import { chartsUsed } from '../engine/charts-used.ts';
import { stackName } from '../engine/configuration.ts';
import { checkAllowed } from '../engine/guarded.ts';
import type { StackOutputs, StackReader } from '../engine/stacks.ts';
import { basisOf, notComputed, type Reads } from './basis.ts';
import { commitOf } from './commit.ts';
import { desiredFrom } from './desired.ts';
import { type EnvironmentPlan, planVersion, type UpgradePlan } from './document.ts';
import { pendingRelease } from './pending-release.ts';
import { verdictOf } from './verdict.ts';

export interface PlanRequest {
  environment: Environment;
  stacks: StackReader;
  /** What the stacks' programs render from. */
  charts: ChartStore;
  /** Layers to preview; all where it isn't said. */
  layers?: readonly Layer[];
  /** Names of what may be deleted or replaced though it holds data. */
  allow?: readonly string[];
  signal?: AbortSignal;
  /** Told when work on a part begins and ends, e.g. `demo-network`. */
  onProgress?: (part: string, state: 'started' | 'finished') => void;
  /** Release that the upgrade is to be planned to; absent: only where one is pending, to wherever it leads. */
  to?: ReleaseId;
  /** Plans the upgrade to a release; asked once the stacks are known, only where it is wanted. */
  upgrade?: (to: ReleaseId) => Promise<UpgradePlan>;
}

/**
 * Everything that is pending in an environment, in one document: its stacks' previews side by side, the manifests for
 * ArgoCD, the upgrade. Changes nothing. No value in it is made up: what can't be known yet is said to be unknown.
 * @throws UserError where a program or the engine fails before it finds anything; AggregateError of several.
 */
export async function buildPlan(request: PlanRequest): Promise<EnvironmentPlan> {
  const { environment, stacks, onProgress } = request;
  const application = loadApplication(environment);
  const chosen = layers.filter((layer) => request.layers?.includes(layer) ?? true);
  const [commit, ...previews] = await all([commitOf(environment), ...chosen.map((layer) => previewOf(layer))] as const);
  const plans = withBasis(previews);
  const { upgrade: planUpgrade, to = planUpgrade && (await pendingRelease(application, stacks)) } = request;
  const upgrade = planUpgrade && to !== undefined ? await working('the upgrade', () => planUpgrade(to)) : undefined;
  await checkAllowed([...(upgrade?.steps.flatMap((step) => step.stacks) ?? []), ...plans], {
    allow: request.allow,
    cluster: async () => (await import('../live/kubernetes/client.ts')).openCluster(environment.kubeContext),
    command: `kubezero preview ${environment.name}`,
  });
  const files = previews.find(({ manifests }) => manifests)?.manifests;
  const manifests = files && (await (await import('./manifests.ts')).manifestPlans(environment, files));
  const judged = {
    command: 'preview' as const,
    environment: environment.name,
    stacks: plans,
    ...(upgrade ? { upgrade } : {}),
    ...(manifests ? { manifests } : {}),
  };
  return {
    version: planVersion,
    ...judged,
    at: new Date().toISOString(),
    ...(commit ? { commit } : {}),
    release: { files: application.release, ...(await deployedRelease(stacks)) },
    verdict: verdictOf(judged),
    charts: chartsUsed(request.charts),
    ...(request.allow?.length ? { allowed: [...request.allow] } : {}),
  };

  async function previewOf(layer: Layer): Promise<LayerPreview> {
    return working(stackName(environment.name, layer), () => previewLayer(layer, application, request));
  }

  async function working<T>(part: string, work: () => Promise<T>): Promise<T> {
    onProgress?.(part, 'started');
    try {
      return await work();
    } finally {
      onProgress?.(part, 'finished');
    }
  }
}

interface LayerPreview {
  plan: StackPlan;
  reads: Reads;
  manifests?: ManifestFile[];
}

async function previewLayer(
  layer: Layer,
  application: Application,
  { environment, stacks, signal }: PlanRequest,
): Promise<LayerPreview> {
  const reads = new Map<string, Set<string>>();
  let manifests: ManifestFile[] | undefined;
  const started = performance.now();
  try {
    const plan = await stacks.preview(layer, desiredFrom(layer, application), {
      signal,
      onManifests: (files) => (manifests = files),
      onRead: (stack, output) => reads.set(stack, (reads.get(stack) ?? new Set()).add(output)),
    });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { plan: { ...plan, seconds }, reads, manifests };
  } catch (error) {
    if (!(error instanceof NotDeployed)) throw error;
    const deployed = await Promise.all(upstreamOf[layer].map((needed) => stacks.outputs(needed)));
    const missing = upstreamOf[layer].filter((_, place) => !deployed[place]);
    const plan = notComputed(
      stackName(environment.name, layer),
      layer,
      missing.map((needed) => stackName(environment.name, needed)),
    );
    return { plan, reads };
  }
}

function withBasis(previews: readonly LayerPreview[]): StackPlan[] {
  const plans = previews.map(({ plan }) => plan);
  return previews.map(({ plan, reads }) =>
    plan.basis.kind === 'live' ? { ...plan, basis: basisOf(reads, plans) } : plan,
  );
}

/** The oldest release that anything of the environment is deployed at. */
export async function deployedRelease(
  stacks: StackOutputs,
): Promise<{ deployed?: EnvironmentPlan['release']['deployed'] }> {
  const deployed = oldestRelease(await deployedReleases(stacks));
  return deployed ? { deployed } : {};
}

/** Releases of all that is deployed. */
async function deployedReleases(stacks: StackOutputs): Promise<ReleaseId[]> {
  const [controllers, workers, modules] = await Promise.all([
    stacks.outputs('controllers'),
    stacks.outputs('workers'),
    stacks.outputs('modules'),
  ]);
  return [
    controllers?.release,
    workers?.release,
    ...Object.values(modules?.releases ?? {}),
    ...Object.values(modules?.crds ?? {}),
  ].filter((id) => id !== undefined);
}

/** Waits for all of them; what fails is told together, each reason once. */
export async function all<T extends readonly Promise<unknown>[]>(work: T): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(work);
  const reasons = new Map(
    results
      .filter((result): result is PromiseRejectedResult => result.status === 'rejected')
      .map(({ reason }) => [reason instanceof UserError ? reason.message : reason, reason]),
  );
  if (reasons.size === 1) throw [...reasons.values()][0];
  if (reasons.size > 1) throw new AggregateError([...reasons.values()], 'several previews failed');
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
