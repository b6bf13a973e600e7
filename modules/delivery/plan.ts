import { UserError } from '../../errors/index.ts';
import type { ModuleId } from '../../releases/release.ts';
import type { KubernetesObject, ModuleDefinition, ModuleManifest, Values } from '../definition.ts';
import { type GitSource, keptFromArgocd, preparedForDelivery } from './applications.ts';
import { type ManifestFile, manifestFiles } from './manifests.ts';
import { type Delivery, type DeliveryPhase, nextPhase } from './phase.ts';
import { deliveryOf, split } from './split.ts';

/** Who delivers an environment's modules, and who did until now. */
export interface DeliveryOptions {
  by: Delivery;
  /** Where ArgoCD finds the manifests; needed for `argocd`, and as long as there is an Application. */
  source?: GitSource;
  /** As the stack's last complete update left it. */
  before: Partial<Record<ModuleId, DeliveryPhase>>;
  /** Told the manifests that ArgoCD is to find. */
  onManifests?: (files: ManifestFile[]) => void;
}

/** What is needed of a rendered module here. */
export interface Deliverable {
  definition: Pick<ModuleDefinition, 'id' | 'dependsOn'>;
  manifest: Pick<ModuleManifest, 'namespace'>;
  objects: KubernetesObject[];
  crds: KubernetesObject[];
}

/** A module with what the stack does about it in this update. */
export interface DeliveredModule<M extends Deliverable> {
  module: M;
  phase: DeliveryPhase;
  /** Objects that the stack has, without CRDs, which are always the stack's. */
  stack: KubernetesObject[];
  crds: KubernetesObject[];
  /** Those of them that leave it with the next update. */
  leaving: ReadonlySet<KubernetesObject>;
}

export interface DeliveryPlan<M extends Deliverable> {
  modules: DeliveredModule<M>[];
  /** Of every module, also those turned off that aren't gone yet. */
  phases: Partial<Record<ModuleId, DeliveryPhase>>;
  /** Manifests that ArgoCD is to find in git. */
  manifests: ManifestFile[];
}

/**
 * Decides who delivers each object in this update of the stack: always exactly one, whatever the environment said until
 * now. See {@link nextPhase} for the way between the two.
 *
 * @param valuesOf values of a module, also of one that is turned off
 * @throws UserError where ArgoCD is to deliver, or still delivers, and isn't there
 */
export function planDelivery<M extends Deliverable>(
  rendered: M[],
  { by, source, before }: DeliveryOptions,
  valuesOf: (id: ModuleId) => Values | undefined,
): DeliveryPlan<M> {
  const phases: DeliveryPlan<M>['phases'] = {};
  for (const { definition, objects } of rendered) {
    phases[definition.id] = nextPhase(before[definition.id], deliveryOf(definition.id, objects, by))!;
  }
  const off = (Object.keys(before) as ModuleId[]).filter((id) => !phases[id]);
  for (const id of off) {
    const phase = nextPhase(before[id], undefined, valuesOf(id)?.retain === true);
    if (phase) phases[id] = phase;
  }
  const withArgocd = (Object.keys(phases) as ModuleId[]).filter((id) => phases[id] !== 'pulumi');
  const argocd = rendered.some(({ definition }) => definition.id === 'argocd');
  if (by === 'argocd' && !argocd) throw noArgocd();
  if (withArgocd.length > 0 && !argocd) throw argocdStillNeeded(withArgocd);
  if (withArgocd.length > 0 && !source) throw noSource(withArgocd);

  const modules = rendered.map((module): DeliveredModule<M> => {
    const { id } = module.definition;
    const phase = phases[id]!;
    const objects =
      source && withArgocd.length > 0 && id === 'argocd'
        ? module.objects.map((object) => preparedForDelivery(object, source))
        : module.objects;
    const parts = split(id, objects);
    const kept = phase === 'pulumi' ? (own: KubernetesObject) => own : keptFromArgocd;
    const ours = new Set(parts.stack);
    return {
      module,
      phase,
      stack: objects
        .filter((object) => ours.has(object) || phase !== 'argocd')
        .map((object) => (ours.has(object) ? kept(object) : object)),
      crds: module.crds.map(kept),
      leaving: new Set(phase === 'handing-over' ? parts.argocd : []),
    };
  });
  const manifests = rendered.flatMap(({ definition: { id }, objects }) =>
    deliveryOf(id, objects, by) === 'argocd' ? manifestFiles(id, split(id, objects).argocd) : [],
  );
  return { modules, phases, manifests };
}

function noArgocd(): UserError {
  return new UserError('ArgoCD is to deliver the modules, but its own module is off', {
    where: 'environment.yaml: delivery; application.yaml: argocd.enabled',
    fix: 'turn the module on, or set `delivery: pulumi`',
    state: 'nothing was changed',
  });
}

function argocdStillNeeded(ids: ModuleId[]): UserError {
  return new UserError(`ArgoCD still delivers ${ids.join(', ')}, but its own module is off`, {
    where: 'application.yaml: argocd.enabled',
    fix: 'set `delivery: pulumi` and run `kubezero up` first; then turn ArgoCD off',
    state: 'nothing was changed',
  });
}

function noSource(ids: ModuleId[]): UserError {
  return new UserError(`it isn't known where ArgoCD finds the manifests of ${ids.join(', ')}`, {
    where: 'environment.yaml: git.repoURL',
    fix: 'set `git.repoURL` to the URL at which ArgoCD reaches the repository; it is needed until the stack owns every object',
    state: 'nothing was changed',
  });
}
