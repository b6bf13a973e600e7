import type { KubernetesObject } from './definition.ts';

/** Built-in kinds without a namespace. */
const clusterScoped = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PodSecurityPolicy',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingWebhookConfiguration',
]);

/** Kinds that the provider would wait for; our own gates do that, with what they know about known issues. */
const awaitedByProvider = new Set([
  'DaemonSet',
  'Deployment',
  'Ingress',
  'Job',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'Service',
  'ServiceAccount',
  'StatefulSet',
]);

/** `apps` of `apps/v1`; empty for the core group. */
export function apiGroup(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
}

/** `group/Kind` of a custom resource, and of what a CRD defines. */
export function groupKind(object: KubernetesObject): string {
  return `${apiGroup(object.apiVersion)}/${object.kind}`;
}

interface CrdSpec {
  group: string;
  scope: string;
  names: { kind: string };
}

/** `group/Kind` that a CRD defines, as {@link groupKind} gives it of its objects. */
export function definedKind(crd: KubernetesObject): string {
  const spec = crd.spec as CrdSpec;
  return `${spec.group}/${spec.names.kind}`;
}

/** Kinds without a namespace among those that CRDs define. */
export function clusterKinds(crds: KubernetesObject[]): Set<string> {
  return new Set(crds.filter((crd) => (crd.spec as CrdSpec).scope === 'Cluster').map(definedKind));
}

/** `Kind/namespace/name`, or `Kind/name` without a namespace: what an object is called in previews, whichever module has it. */
export function logicalName({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
}

/** Identity of an object; the API version isn't part of it. */
export function identity(object: KubernetesObject): string {
  return `${apiGroup(object.apiVersion)}/${logicalName(object)}`;
}

/**
 * An object as it is delivered: in the module's namespace unless its kind has none, without Helm's hook annotations
 * (hooks are ordinary objects here), and with what the provider must know about it.
 */
export function prepare(
  object: KubernetesObject,
  namespace: string,
  customClusterKinds: Set<string>,
): KubernetesObject {
  const { status: _, ...rest } = object;
  // The API keeps no empty list, so that one would be a change for ever.
  if (Array.isArray(rest.rules) && rest.rules.length === 0) delete rest.rules;
  const metadata = { ...object.metadata } as KubernetesObject['metadata'] & { creationTimestamp?: unknown };
  delete metadata.creationTimestamp;
  const inCluster = clusterScoped.has(object.kind) || customClusterKinds.has(groupKind(object));
  if (inCluster) delete metadata.namespace;
  else metadata.namespace ||= namespace;
  metadata.annotations = {
    ...Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([key]) => !key.startsWith('helm.sh/hook')),
    ),
    // As `kubectl apply` did: what is declared here wins over what a controller wrote into the same field.
    'pulumi.com/patchForce': 'true',
    ...(awaitedByProvider.has(object.kind) ? { 'pulumi.com/skipAwait': 'true' } : {}),
    // Gone at once, so that the one that replaces it isn't taken for a change of it; its pods follow.
    ...(object.kind === 'Job' ? { 'pulumi.com/deletionPropagationPolicy': 'background' } : {}),
  };
  return withoutCaBundles({ ...rest, metadata });
}

interface Webhook {
  clientConfig?: { caBundle?: string };
}

/** Charts leave the CA bundle empty for a controller to fill in; applying the empty one again would take it away. */
function withoutCaBundles(object: KubernetesObject): KubernetesObject {
  if (!object.kind.endsWith('WebhookConfiguration')) return object;
  const webhooks = ((object.webhooks ?? []) as Webhook[]).map((webhook) => {
    if (webhook.clientConfig?.caBundle) return webhook;
    const { caBundle: _, ...clientConfig } = webhook.clientConfig ?? {};
    return { ...webhook, clientConfig };
  });
  return { ...object, webhooks };
}

/** A CRD as it is delivered. */
export function prepareCrd(object: KubernetesObject): KubernetesObject {
  const prepared = prepare(object, '', new Set());
  // Objects of its kind are only accepted from then on.
  prepared.metadata.annotations!['pulumi.com/waitFor'] = 'condition=Established';
  // A CRD that was created as v1beta1 keeps "preserveUnknownFields: true", which v1 refuses with defaults in its schema.
  if (object.apiVersion === 'apiextensions.k8s.io/v1') {
    prepared.spec = { ...(object.spec as object), preserveUnknownFields: false };
  }
  return prepared;
}
