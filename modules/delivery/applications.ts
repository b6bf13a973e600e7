import type { ModuleId } from '../../releases/release.ts';
import type { KubernetesObject, ModuleDefinition, Values } from '../definition.ts';

/** Where ArgoCD reads an environment's rendered manifests. */
export interface GitSource {
  /** As ArgoCD reaches the repository; credentials for it are ArgoCD's own. */
  repoURL: string;
  /** Branch. */
  revision: string;
  /** Directory with one directory per module, from the root of the repository. */
  path: string;
}

export interface ApplicationOptions {
  source: GitSource;
  /** ArgoCD's namespace. */
  namespace: string;
  /** Namespace of the module's workloads. */
  destination: string;
  wave: number;
  /** `kubezero.syncPolicy` of application.yaml. */
  syncPolicy?: Values;
  /** Syncs only when told to, whatever the policy says. */
  suspended?: boolean;
  /** ArgoCD deletes the objects before the Application itself goes. */
  cascade?: boolean;
}

const server = 'https://kubernetes.default.svc';

/** The finalizer by which deleting an Application deletes what it tracks. */
const cascadingDeletion = 'resources-finalizer.argocd.argoproj.io';

/**
 * What cluster components change in the objects of a chart: Istio and the Prometheus operator open and close their
 * webhooks, and CA bundles are injected.
 */
const ignoreDifferences = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) => ({
  group: 'admissionregistration.k8s.io',
  kind,
  jqPathExpressions: ['.webhooks[]?.failurePolicy', '.webhooks[]?.clientConfig.caBundle'],
}));

/**
 * The Application of one module. ArgoCD 2.3 knows one source per Application: the module's directory of rendered
 * manifests. It has no finalizer, so that deleting it deletes nothing else.
 */
export function application(id: ModuleId, options: ApplicationOptions): KubernetesObject {
  const { source, namespace, destination, wave, suspended, cascade } = options;
  const { automated, syncOptions, ...policy } = options.syncPolicy ?? {};
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: id,
      namespace,
      annotations: { 'argocd.argoproj.io/sync-wave': String(wave) },
      ...(cascade ? { finalizers: [cascadingDeletion] } : {}),
    } as KubernetesObject['metadata'],
    spec: {
      project: 'kubezero',
      source: {
        repoURL: source.repoURL,
        targetRevision: source.revision,
        path: `${source.path}/${id}`,
        directory: { recurse: true },
      },
      destination: { server, namespace: destination },
      syncPolicy: {
        ...policy,
        ...(automated && !suspended && !cascade ? { automated } : {}),
        syncOptions: [
          'RespectIgnoreDifferences=true',
          ...(Array.isArray(syncOptions) ? syncOptions.filter((o) => o !== 'RespectIgnoreDifferences=true') : []),
        ],
      },
      ignoreDifferences,
    },
  };
}

/** Sync wave of each module: one more than the highest of those it depends on. */
export function syncWaves(definitions: Pick<ModuleDefinition, 'id' | 'dependsOn'>[]): Map<ModuleId, number> {
  const waves = new Map<ModuleId, number>();
  const waveOf = (id: ModuleId): number => {
    const known = waves.get(id);
    if (known !== undefined) return known;
    const dependsOn = definitions.find((definition) => definition.id === id)?.dependsOn ?? [];
    const wave = Math.max(-1, ...dependsOn.map(waveOf)) + 1;
    waves.set(id, wave);
    return wave;
  };
  for (const { id } of definitions) waveOf(id);
  return waves;
}

/**
 * An object that stays with the stack in a module that ArgoCD delivers. Charts label their objects with the module's
 * name, by which ArgoCD would take them for its own until it tracks objects by annotation: it must not prune them.
 */
export function keptFromArgocd(object: KubernetesObject): KubernetesObject {
  const annotations = {
    ...object.metadata.annotations,
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    'argocd.argoproj.io/sync-options': 'Prune=false',
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/**
 * ArgoCD's own objects, as they must be where it delivers modules: it may read the repository, and knows its objects by
 * an annotation, not by the label `app.kubernetes.io/instance`, which charts use in selectors.
 */
export function preparedForDelivery(object: KubernetesObject, { repoURL }: GitSource): KubernetesObject {
  const { kind, metadata } = object;
  if (kind === 'AppProject' && metadata.name === 'kubezero') {
    const spec = object.spec as { sourceRepos?: string[] };
    return { ...object, spec: { ...spec, sourceRepos: [...new Set([...(spec.sourceRepos ?? []), repoURL])] } };
  }
  if (kind === 'ConfigMap' && metadata.name === 'argocd-cm') {
    const data = { ...(object.data as object), 'application.resourceTrackingMethod': 'annotation' };
    return { ...object, data };
  }
  if (metadata.name === 'argocd-application-controller' && (kind === 'Deployment' || kind === 'StatefulSet')) {
    const copy = structuredClone(object);
    const { template } = copy.spec as { template?: { metadata?: { annotations?: Record<string, string> } } };
    // It reads the tracking method only when it starts.
    const tracking = { 'kubezero.com/resource-tracking': 'annotation' };
    if (template)
      template.metadata = { ...template.metadata, annotations: { ...template.metadata?.annotations, ...tracking } };
    return copy;
  }
  return object;
}
