import * as pulumi from '@pulumi/pulumi';
import type { ChartStore } from '../charts/index.ts';
import { UserError } from '../errors/index.ts';
import { release as releaseById } from '../releases/index.ts';
import { type ChartPin, type ModuleId, position, type ReleaseId } from '../releases/release.ts';
import { Applications, KubeZeroModule, ModuleCrds, Registry } from './component.ts';
import type { CrdProvider } from './crds/index.ts';
import type {
  ClusterFacts,
  CrdSource,
  KubernetesObject,
  ModuleDefinition,
  ModuleManifest,
  Values,
} from './definition.ts';
import {
  application,
  type DeliveryOptions,
  type DeliveryPhase,
  type DeliveryPlan,
  planDelivery,
  syncWaves,
} from './delivery/index.ts';
import { modules } from './index.ts';
import { apiGroup, clusterKinds, definedKind, groupKind, identity, prepare, prepareCrd } from './objects.ts';
import { type Renderer, renderCrds, renderManifest } from './render.ts';
import { refuseUnserved } from './served.ts';
import { type CheckedValues, validateValues } from './values.ts';

export interface RenderModulesArgs {
  /**
   * `spec.source.helm.values` of application.yaml by the release it is of; during an upgrade also those of
   * application.previous.yaml. A module is rendered with the values of its release.
   */
  values: Partial<Record<ReleaseId, Values>>;
  /** Release of every module that `releases` doesn't name. */
  release: ReleaseId;
  releases?: Partial<Record<ModuleId, ReleaseId>>;
  /** Release of a module's CRDs; default: that of the module. */
  crds?: Partial<Record<ModuleId, ReleaseId>>;
  facts: ClusterFacts;
  /** Where charts are found. */
  charts: ChartStore;
  /** Made by {@link clusterProvider}. */
  provider: pulumi.ProviderResource;
  /** Default: this stack delivers every object, and always did. */
  delivery?: DeliveryOptions;
}

export interface DeployModulesArgs extends RenderModulesArgs {
  /** Of the same cluster as `provider`. */
  crdProvider: CrdProvider;
}

/** Release that each deployed module, and its CRDs, is at, and the module's namespace. */
export interface DeployedModules {
  releases: Partial<Record<ModuleId, ReleaseId>>;
  crds: Partial<Record<ModuleId, ReleaseId>>;
  /** Namespace of each module's workloads. */
  namespaces: Partial<Record<ModuleId, string>>;
  /**
   * Who delivers each module. Known once every object is where it says: an update that fails on the way leaves the
   * outputs of the one before.
   */
  delivery: pulumi.Output<Partial<Record<ModuleId, DeliveryPhase>>>;
}

/** A module with everything that is deployed of it. */
export interface RenderedModule {
  definition: ModuleDefinition;
  release: ReleaseId;
  crdRelease: ReleaseId;
  manifest: ModuleManifest;
  objects: KubernetesObject[];
  crds: KubernetesObject[];
}

/**
 * Deploys every module that application.yaml enables, each at its release. Called by a Pulumi program.
 * @throws UserError for wrong values, a chart that isn't there, or a release without values.
 */
export async function deployModules(args: DeployModulesArgs): Promise<DeployedModules> {
  const rendered = await renderModules(args);
  refuseUnserved(args.facts.kubernetesVersion, rendered);
  const { charts, provider, crdProvider, delivery = { by: 'pulumi', before: {} } } = args;
  const valuesOf = (id: ModuleId) => args.values[args.releases?.[id] ?? args.release]?.[id] as Values | undefined;
  const plan = planDelivery(rendered, delivery, valuesOf);
  delivery.onManifests?.(plan.manifests);
  const registry = new Registry();
  for (const { module, crds } of plan.modules) {
    const { definition, crdRelease } = module;
    if (crds.length === 0) continue;
    new ModuleCrds(`${definition.id}-crds`, { release: crdRelease, crds, provider: crdProvider, registry });
  }
  const applications = applicationsOf(args, plan, registry);
  const resources = new Map<ModuleId, pulumi.Resource[]>();
  const releases: DeployedModules['releases'] = {};
  const crds: DeployedModules['crds'] = {};
  const namespaces: DeployedModules['namespaces'] = {};
  for (const { module, phase, stack, leaving } of plan.modules) {
    const { definition, release, manifest } = module;
    const { id } = definition;
    // ArgoCD must have let go of the objects before the stack writes them again.
    const after = phase === 'taking-back' ? [applications(id, [])] : [];
    const component = new KubeZeroModule(id, {
      release,
      namespace: manifest.namespace,
      objects: stack,
      components: manifest.charts.filter(({ delivery }) => delivery === 'cert-manager-component'),
      awaited: manifest.awaited ?? [],
      groups: [...new Set(module.crds.map((crd) => apiGroup(definedKind(crd))))],
      charts,
      provider,
      registry,
      leaving,
      after,
    });
    resources.set(id, [...component.resources, ...after]);
    releases[id] = release;
    crds[id] = module.crdRelease;
    namespaces[id] = manifest.namespace.name;
  }
  const all = [...resources.values()].flat();
  for (const id of Object.keys(plan.phases) as ModuleId[]) {
    if (plan.phases[id] === 'pulumi' || plan.phases[id] === 'taking-back') continue;
    all.push(applications(id, [...(resources.get('argocd') ?? []), ...(resources.get(id) ?? [])]));
  }
  const settled = pulumi.all(all.map(({ urn }) => urn)).apply(() => plan.phases);
  return { releases, crds, namespaces, delivery: settled };
}

/** Makes the Application of a module, as its phase wants it. */
function applicationsOf(args: RenderModulesArgs, plan: DeliveryPlan<RenderedModule>, registry: Registry) {
  const { source } = args.delivery ?? {};
  const waves = syncWaves(modules);
  const namespaceOf = (id: ModuleId) =>
    plan.modules.find(({ module }) => module.definition.id === id)?.module.manifest.namespace.name;
  const namespace = namespaceOf('argocd') ?? 'argocd';
  const { syncPolicy } = (args.values[args.release]?.kubezero ?? {}) as { syncPolicy?: Values };
  let parent: Applications | undefined;
  return (id: ModuleId, dependsOn: pulumi.Resource[]) => {
    parent ??= new Applications('applications', args.provider);
    const phase = plan.phases[id];
    const object = application(id, {
      // planDelivery refuses to go on without one.
      source: source!,
      namespace,
      destination: namespaceOf(id) ?? namespace,
      wave: waves.get(id) ?? 0,
      syncPolicy,
      suspended: phase === 'taking-back',
      cascade: phase === 'removing',
    });
    const crd = registry.crds.get(groupKind(object));
    return parent.add(prepare(object, namespace, new Set()), [...(crd ? [crd] : []), ...dependsOn]);
  };
}

/** An enabled module with what it wants deployed, before anything is rendered. */
export interface PlannedModule {
  definition: ModuleDefinition;
  release: ReleaseId;
  crdRelease: ReleaseId;
  manifest: ModuleManifest;
  crds: CrdSource[];
}

/** Manifests of every module that application.yaml enables. Pure: charts are named, not looked for. */
export function planModules(args: Omit<RenderModulesArgs, 'provider' | 'charts'>): PlannedModule[] {
  const checked = new Map<ReleaseId, CheckedValues>();
  const valuesOf = (id: ReleaseId) => {
    const values = args.values[id];
    if (!values) throw missingValues(id, args);
    if (!checked.has(id)) checked.set(id, validateValues(values, releaseById(id)));
    return checked.get(id)!;
  };
  return modules.flatMap((definition) => {
    const release = args.releases?.[definition.id] ?? args.release;
    if (!definition.releases.includes(release)) return [];
    const { modules: byModule, all } = valuesOf(release);
    const values = byModule[definition.id];
    if (!values?.enabled) return [];
    const crdRelease = crdReleaseOf(definition, release, args);
    const forCrds = args.values[crdRelease]
      ? { values: valuesOf(crdRelease).modules[definition.id]!, all: valuesOf(crdRelease).all }
      : { values, all };
    const manifest = definition.manifest({ release: releaseById(release), values, all, facts: args.facts });
    const crds = definition.crds({ release: releaseById(crdRelease), ...forCrds, facts: args.facts });
    return [{ definition, release, crdRelease, manifest, crds }];
  });
}

/** Charts that modules want rendered, each once. */
export function pinsOf(planned: PlannedModule[]): ChartPin[] {
  const pins = planned.flatMap(({ manifest, crds }) => [
    ...manifest.charts.map(({ pin }) => pin),
    ...crds.flatMap((source) => (source.from === 'objects' ? [] : [source.pin])),
  ]);
  return [...new Map(pins.map((pin) => [`${pin.chart} ${pin.version}`, pin])).values()];
}

/**
 * Renders every enabled module; each object is in exactly one of them. To be called in a running Pulumi program, since
 * the provider's Helm does it; needs no cluster.
 */
export async function renderModules(
  args: RenderModulesArgs,
  options: Pick<Renderer, 'components'> = {},
): Promise<RenderedModule[]> {
  const { charts, provider, facts } = args;
  const renderer: Renderer = { charts, provider, kubernetesVersion: facts.kubernetesVersion, ...options };
  const rendered = await Promise.all(
    planModules(args).map(async (module) => {
      const [objects, crds] = await Promise.all([
        renderManifest(renderer, module.manifest),
        renderCrds(renderer, module.crds),
      ]);
      return { ...module, objects, crds: crds.map(prepareCrd) };
    }),
  );
  const scopes = clusterKinds(rendered.flatMap(({ crds }) => crds));
  return withOneOwner(
    rendered.map((module) => ({
      ...module,
      objects: module.objects.map((object) => prepare(object, module.manifest.namespace.name, scopes)),
    })),
  );
}

function crdReleaseOf(
  { id, releases }: ModuleDefinition,
  release: ReleaseId,
  { crds }: Pick<RenderModulesArgs, 'crds'>,
): ReleaseId {
  const wanted = crds?.[id] ?? release;
  return releases.includes(wanted) ? wanted : release;
}

/**
 * Leaves each object with one module. While an upgrade moves objects from a module to another (the private gateway
 * from istio-ingress to istio-private-ingress), both render them: the one at the newer release has them. An object's
 * name in Pulumi doesn't depend on its module, so it is moved, not deleted and created. Within a module the last
 * rendering of an object counts: KubeZero's own over a chart's.
 */
export function withOneOwner(rendered: RenderedModule[]): RenderedModule[] {
  const owner = new Map<string, RenderedModule>();
  for (const module of rendered) {
    for (const object of module.objects) {
      const other = owner.get(identity(object));
      if (!other || position(module.release) > position(other.release)) {
        owner.set(identity(object), module);
      }
    }
  }
  return rendered.map((module) => {
    const own = new Map<string, KubernetesObject>();
    for (const object of module.objects) {
      if (owner.get(identity(object)) === module) own.set(identity(object), object);
    }
    return { ...module, objects: [...own.values()] };
  });
}

function missingValues(release: ReleaseId, { values }: Pick<RenderModulesArgs, 'values'>): UserError {
  return new UserError(`A module is at release ${release}, but there are no values of that release.`, {
    where: `application.yaml is of ${Object.keys(values).join(' and ') || 'no known release'}`,
    fix: 'During an upgrade keep the old document beside the new one as application.previous.yaml.',
    state: 'Nothing was changed.',
  });
}
