import { UserError } from '../../errors/index.ts';
import { oldestRelease, type ReleaseId } from '../../releases/release.ts';
import { type Application, loadApplication } from '../../stacks/application.ts';
import type { ManifestFile } from '../../stacks/delivery.ts';
import type { Environment } from '../../stacks/environment.ts';
import { type Layer, layers, upstreamOf } from '../../stacks/outputs.ts';
import { NotDeployed } from '../../stacks/upstream.ts';
import type { StackPlan } from '../changes/schema.ts';
import { chartsUsed } from '../charts/used.ts';
import { stackName } from '../stack/configuration.ts';
import type { Stacks } from '../stack/driver.ts';
import { checkAllowed } from '../stack/guarded.ts';
import { basisOf, notComputed, type Reads } from './basis.ts';
import { commitOf } from './commit.ts';
import { desiredFrom } from './desired.ts';
import { type EnvironmentPlan, planVersion, type UpgradePlan } from './document.ts';
import { verdictOf } from './verdict.ts';

export interface PlanRequest {
  environment: Environment;
  stacks: Stacks;
  /** Layers to preview; all where it isn't said. */
  layers?: readonly Layer[];
  /** Names of what may be deleted or replaced though it holds data. */
  allow?: readonly string[];
  signal?: AbortSignal;
  /** Told when work on a part begins and ends, e.g. `demo-network`. */
  onProgress?: (part: string, state: 'started' | 'finished') => void;
  /** Release that the upgrade is to be planned to; absent: only where one is pending, to wherever it leads. */
  to?: ReleaseId;
  /** Plans the upgrade; asked once the stacks are known, only where it is wanted. Undefined: none is pending after all. */
  upgrade?: () => Promise<UpgradePlan | undefined>;
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
  const wanted = request.to !== undefined || (await isUpgrading(application, stacks));
  const upgrade = wanted ? await working('the upgrade', request.upgrade) : undefined;
  await checkAllowed([...(upgrade?.steps.flatMap((step) => step.stacks) ?? []), ...plans], {
    stacks,
    allow: request.allow,
    cluster: async () => (await import('../cluster/client.ts')).openCluster(environment.kubeContext),
    command: `kubezero preview ${environment.name}`,
    act: () => undefined,
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
    charts: chartsUsed(),
    ...(request.allow?.length ? { allowed: [...request.allow] } : {}),
  };

  async function previewOf(layer: Layer): Promise<LayerPreview> {
    return working(stackName(environment.name, layer), () => previewLayer(layer, application, request));
  }

  async function working<T>(part: string, work: () => Promise<T>): Promise<T>;
  async function working<T>(part: string, work?: () => Promise<T>): Promise<T | undefined>;
  async function working<T>(part: string, work?: () => Promise<T>): Promise<T | undefined> {
    if (!work) return undefined;
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
export async function deployedRelease(stacks: Stacks): Promise<{ deployed?: EnvironmentPlan['release']['deployed'] }> {
  const deployed = oldestRelease(await deployedReleases(stacks));
  return deployed ? { deployed } : {};
}

/** Whether an upgrade has begun, in the files or in what is deployed, and isn't through. */
async function isUpgrading({ release, previous }: Application, stacks: Stacks): Promise<boolean> {
  const deployed = await deployedReleases(stacks);
  const surge = (await stacks.outputs('workers'))?.surge ?? false;
  return surge || (deployed.length > 0 && previous !== undefined) || deployed.some((id) => id !== release);
}

/** Releases of all that is deployed. */
async function deployedReleases(stacks: Stacks): Promise<ReleaseId[]> {
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
