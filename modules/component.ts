import { CertManager } from '@pulumi/kubernetes-cert-manager/certManager.js';
import * as pulumi from '@pulumi/pulumi';
import type { ChartStore } from '../charts/index.ts';
import type { ReleaseId } from '../releases/release.ts';
import { Crd } from './crds/index.ts';
import type { Awaited, ChartInstance, KubernetesObject } from './definition.ts';
import { generatedFields } from './generated.ts';
import { apiGroup, definedKind, groupKind, logicalName } from './objects.ts';
import { providerVersion } from './provider.ts';

/** What objects of one module must know about resources of others in the same program. */
export class Registry {
  readonly namespaces = new Map<string, pulumi.Resource>();
  /** CRD by the `group/Kind` it defines. */
  readonly crds = new Map<string, pulumi.Resource>();
  /** What must be up before objects of an API group are accepted. */
  readonly gates = new Map<string, pulumi.Resource[]>();
}

/**
 * Earlier types of the same object. A changed API version is no other object: it is updated in place, not deleted and
 * created again.
 */
const earlierApiVersions: Record<string, string[]> = {
  PodDisruptionBudget: ['policy/v1beta1', 'policy/v1'],
  CronJob: ['batch/v1beta1', 'batch/v1'],
  HorizontalPodAutoscaler: ['autoscaling/v1', 'autoscaling/v2beta1', 'autoscaling/v2beta2'],
  APIService: ['apiregistration.k8s.io/v1beta1', 'apiregistration.k8s.io/v1'],
  VirtualService: ['networking.istio.io/v1alpha3', 'networking.istio.io/v1beta1'],
};

function typeToken({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Any Kubernetes object as a resource; its type is given by name. */
class ObjectResource extends pulumi.CustomResource {}

/** Registers one Kubernetes object, as the resource of its own kind. */
function register(object: KubernetesObject, options: pulumi.CustomResourceOptions): pulumi.CustomResource {
  const { apiVersion, kind, ...fields } = object;
  const secret = kind === 'Secret' ? sealed(fields) : {};
  const aliases = (earlierApiVersions[kind] ?? [])
    .filter((earlier) => earlier !== apiVersion)
    .map((earlier) => ({ type: typeToken({ apiVersion: earlier, kind }) }));
  return new ObjectResource(
    typeToken(object),
    logicalName(object),
    { apiVersion, kind, ...fields, ...secret },
    { version: providerVersion, aliases, ...withGenerated(object, kindOptions(object)), ...options },
  );
}

/** Data of a Secret as the stack's state keeps it: encrypted. */
function sealed({ data, stringData }: Omit<KubernetesObject, 'apiVersion' | 'kind'>) {
  return {
    ...(data ? { data: pulumi.secret(data) } : {}),
    ...(stringData ? { stringData: pulumi.secret(stringData) } : {}),
  };
}

/** What the chart made up when the object was created stays. */
function withGenerated(object: KubernetesObject, options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  const generated = generatedFields(object);
  return generated.length > 0
    ? { ...options, ignoreChanges: [...(options.ignoreChanges ?? []), ...generated] }
    : options;
}

function kindOptions({ kind }: KubernetesObject): pulumi.CustomResourceOptions {
  switch (kind) {
    case 'PersistentVolumeClaim':
      // What is in the volume isn't the module's to delete.
      return { retainOnDelete: true };
    case 'RuntimeClass':
      return { replaceOnChanges: ['handler'], deleteBeforeReplace: true };
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
      // Istio and Prometheus' operator open and close their webhooks themselves.
      return { ignoreChanges: ['webhooks[*].failurePolicy'] };
    case 'Job':
      // Its template can't be changed; a finished one makes way for the new one.
      return { replaceOnChanges: ['spec'], deleteBeforeReplace: true };
    default:
      return {};
  }
}

export interface CrdsArgs {
  release: ReleaseId;
  crds: KubernetesObject[];
  /** A {@link CrdProvider}. */
  provider: pulumi.ProviderResource;
  registry: Registry;
}

/** A module's custom resource definitions. They outlive the module: deleting one would delete every object of its kind. */
export class ModuleCrds extends pulumi.ComponentResource {
  constructor(
    name: string,
    { release, crds, provider, registry }: CrdsArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('kubezero:modules:Crds', name, { release }, { ...options, providers: [provider] });
    for (const crd of crds) {
      registry.crds.set(definedKind(crd), new Crd(crd, { parent: this, provider }));
    }
    this.registerOutputs({ release });
  }
}

/** ArgoCD's Applications of all modules that it delivers, or has delivered until now. */
export class Applications extends pulumi.ComponentResource {
  readonly #provider: pulumi.ProviderResource;

  constructor(name: string, provider: pulumi.ProviderResource) {
    super('kubezero:modules:Applications', name, {}, { providers: [provider] });
    this.#provider = provider;
  }

  add(application: KubernetesObject, dependsOn: pulumi.Resource[]): pulumi.CustomResource {
    return register(application, { parent: this, provider: this.#provider, dependsOn });
  }
}

export interface ModuleArgs {
  release: ReleaseId;
  namespace: { name: string; labels?: Record<string, string> };
  /** Prepared objects without CRDs, each owned by this module alone. */
  objects: KubernetesObject[];
  /** Charts that aren't delivered object by object. */
  components: ChartInstance[];
  awaited: Awaited[];
  /** API groups of the CRDs that the module serves. */
  groups: string[];
  charts: ChartStore;
  provider: pulumi.ProviderResource;
  registry: Registry;
  /** Objects that the next update takes out of the stack without deleting them (default: none). */
  leaving?: ReadonlySet<KubernetesObject>;
  /** What must have happened before any object is written. */
  after?: pulumi.Resource[];
}

const workloads = new Set(['CronJob', 'DaemonSet', 'Deployment', 'Job', 'StatefulSet']);
/** What pods need when they start; everything else may come at the same time as they. */
const before = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'PersistentVolumeClaim',
  'PriorityClass',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
]);

/**
 * A KubeZero module at one release: namespace, then accounts and configuration, workloads, and custom resources after
 * their definitions and after what must be up to accept them.
 */
export class KubeZeroModule extends pulumi.ComponentResource {
  /** The module's objects, as far as they are delivered one by one. */
  readonly resources: pulumi.CustomResource[];

  constructor(name: string, args: ModuleArgs, options?: pulumi.ComponentResourceOptions) {
    const { release, objects, provider, registry } = args;
    super('kubezero:modules:Module', name, { release }, { ...options, providers: [provider] });
    const namespace = this.namespace(args);
    const first = [...(namespace ? [namespace] : []), ...(args.after ?? [])];
    const add = (object: KubernetesObject, dependsOn: pulumi.Resource[]) =>
      register(object, {
        parent: this,
        provider,
        dependsOn,
        ...(args.leaving?.has(object) ? { retainOnDelete: true } : {}),
      });

    // Namespaces of other modules: e.g. policies for the gateways go to Istio's.
    const inNamespace = ({ metadata }: KubernetesObject) => {
      const other = metadata.namespace && registry.namespaces.get(metadata.namespace);
      return other ? [other, ...(args.after ?? [])] : first;
    };
    const custom = objects.filter((object) => registry.crds.has(groupKind(object)));
    const builtIn = objects.filter((object) => !registry.crds.has(groupKind(object)));
    const started = builtIn.filter(({ kind }) => before.has(kind)).map((object) => add(object, inNamespace(object)));
    const others = builtIn
      .filter(({ kind }) => !before.has(kind))
      .map((object) =>
        add(object, workloads.has(object.kind) ? [...inNamespace(object), ...started] : inNamespace(object)),
      );
    const components = args.components.map((chart) =>
      this.component(chart, args, [...first, ...registry.crds.values()]),
    );
    const gates = args.awaited.map((awaited) => this.gate(awaited, args, [...first, ...components]));
    for (const group of args.groups) registry.gates.set(group, gates);
    const last = custom.map((object) => {
      const gated = registry.gates.get(apiGroup(object.apiVersion)) ?? [];
      return add(object, [...inNamespace(object), registry.crds.get(groupKind(object))!, ...gated]);
    });
    this.resources = [...started, ...others, ...last];
    this.registerOutputs({ release });
  }

  /** The module's namespace; kept when the module is deleted, as it may hold volumes and secrets of the user. */
  private namespace({ namespace: { name, labels }, provider, registry }: ModuleArgs): pulumi.Resource | undefined {
    if (name === 'kube-system') return undefined;
    const known = registry.namespaces.get(name);
    if (known) return known;
    const metadata = { name, ...(labels ? { labels } : {}), annotations: { 'pulumi.com/patchForce': 'true' } };
    const resource = register(
      { apiVersion: 'v1', kind: 'Namespace', metadata },
      { parent: this, provider, retainOnDelete: true },
    );
    registry.namespaces.set(name, resource);
    return resource;
  }

  private component(chart: ChartInstance, { charts, provider, namespace }: ModuleArgs, dependsOn: pulumi.Resource[]) {
    const { installCRDs: _, ...values } = chart.values;
    return new CertManager(
      chart.releaseName,
      {
        installCRDs: false,
        helmOptions: {
          chart: charts.find(chart.pin),
          name: chart.releaseName,
          namespace: namespace.name,
          // An empty repository: the chart is a directory here, not one to be fetched.
          repositoryOpts: { repo: '' },
          createNamespace: false,
          skipCrds: true,
          // Gates of our own wait, see `awaited`.
          skipAwait: true,
          values,
        },
      },
      { parent: this, providers: { kubernetes: provider as pulumi.ProviderResource }, dependsOn },
    );
  }

  /**
   * Waits for an object that a chart component made. It is an object patched by one annotation, which tells the
   * provider what to wait for.
   */
  private gate(
    { object, apiVersion, until }: Awaited,
    { provider, namespace }: ModuleArgs,
    dependsOn: pulumi.Resource[],
  ) {
    const [kind, name] = object.split('/') as [string, string];
    const namespaced = kind.endsWith('Configuration') ? {} : { namespace: namespace.name };
    return new ObjectResource(
      typeToken({ apiVersion, kind: `${kind}Patch` }),
      `ready/${object}`,
      {
        apiVersion,
        kind,
        metadata: {
          name,
          ...namespaced,
          annotations: { 'pulumi.com/waitFor': until, 'pulumi.com/patchForce': 'true' },
        },
      },
      {
        version: providerVersion,
        parent: this,
        provider,
        dependsOn,
        retainOnDelete: true,
        customTimeouts: { create: '5m', update: '5m' },
      },
    );
  }
}
