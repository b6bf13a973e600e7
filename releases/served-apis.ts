import { isBefore } from './kubernetes-version.ts';

/** An API version that Kubernetes serves only from, or only until, some version. */
interface ApiSpan {
  /** Group and version as in an object's `apiVersion`. */
  apiVersion: string;
  kinds: readonly string[];
  /** First Kubernetes minor version that serves it; absent: older than any that is run here. */
  from?: string;
  /** First Kubernetes minor version that no longer serves it; absent: not removed so far. */
  until?: string;
  /** What to use instead, where there is something. */
  instead?: string;
}

const workloads = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'] as const;

/**
 * What Kubernetes stops serving, from 1.16 to 1.27, and versions it began to serve since 1.19.
 * Source: Kubernetes' deprecated API migration guide, and the changelogs of the versions that added one.
 */
const spans: readonly ApiSpan[] = [
  { apiVersion: 'extensions/v1beta1', kinds: ['NetworkPolicy'], until: '1.16', instead: 'networking.k8s.io/v1' },
  { apiVersion: 'extensions/v1beta1', kinds: ['PodSecurityPolicy'], until: '1.16', instead: 'policy/v1beta1' },
  { apiVersion: 'extensions/v1beta1', kinds: workloads, until: '1.16', instead: 'apps/v1' },
  { apiVersion: 'apps/v1beta1', kinds: workloads, until: '1.16', instead: 'apps/v1' },
  { apiVersion: 'apps/v1beta2', kinds: workloads, until: '1.16', instead: 'apps/v1' },
  {
    apiVersion: 'admissionregistration.k8s.io/v1beta1',
    kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    until: '1.22',
    instead: 'admissionregistration.k8s.io/v1',
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    kinds: ['CustomResourceDefinition'],
    until: '1.22',
    instead: 'apiextensions.k8s.io/v1',
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1beta1',
    kinds: ['APIService'],
    until: '1.22',
    instead: 'apiregistration.k8s.io/v1',
  },
  {
    apiVersion: 'authentication.k8s.io/v1beta1',
    kinds: ['TokenReview'],
    until: '1.22',
    instead: 'authentication.k8s.io/v1',
  },
  {
    apiVersion: 'authorization.k8s.io/v1beta1',
    kinds: ['LocalSubjectAccessReview', 'SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
    until: '1.22',
    instead: 'authorization.k8s.io/v1',
  },
  {
    apiVersion: 'certificates.k8s.io/v1beta1',
    kinds: ['CertificateSigningRequest'],
    until: '1.22',
    instead: 'certificates.k8s.io/v1',
  },
  { apiVersion: 'coordination.k8s.io/v1beta1', kinds: ['Lease'], until: '1.22', instead: 'coordination.k8s.io/v1' },
  { apiVersion: 'extensions/v1beta1', kinds: ['Ingress'], until: '1.22', instead: 'networking.k8s.io/v1' },
  {
    apiVersion: 'networking.k8s.io/v1beta1',
    kinds: ['Ingress', 'IngressClass'],
    until: '1.22',
    instead: 'networking.k8s.io/v1',
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1beta1',
    kinds: ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
    until: '1.22',
    instead: 'rbac.authorization.k8s.io/v1',
  },
  { apiVersion: 'scheduling.k8s.io/v1beta1', kinds: ['PriorityClass'], until: '1.22', instead: 'scheduling.k8s.io/v1' },
  {
    apiVersion: 'storage.k8s.io/v1beta1',
    kinds: ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'],
    until: '1.22',
    instead: 'storage.k8s.io/v1',
  },
  { apiVersion: 'batch/v1beta1', kinds: ['CronJob'], until: '1.25', instead: 'batch/v1' },
  { apiVersion: 'discovery.k8s.io/v1beta1', kinds: ['EndpointSlice'], until: '1.25', instead: 'discovery.k8s.io/v1' },
  { apiVersion: 'events.k8s.io/v1beta1', kinds: ['Event'], until: '1.25', instead: 'events.k8s.io/v1' },
  { apiVersion: 'autoscaling/v2beta1', kinds: ['HorizontalPodAutoscaler'], until: '1.25', instead: 'autoscaling/v2' },
  { apiVersion: 'policy/v1beta1', kinds: ['PodDisruptionBudget'], until: '1.25', instead: 'policy/v1' },
  { apiVersion: 'policy/v1beta1', kinds: ['PodSecurityPolicy'], until: '1.25' },
  { apiVersion: 'node.k8s.io/v1beta1', kinds: ['RuntimeClass'], until: '1.25', instead: 'node.k8s.io/v1' },
  { apiVersion: 'autoscaling/v2beta2', kinds: ['HorizontalPodAutoscaler'], until: '1.26', instead: 'autoscaling/v2' },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1beta1',
    kinds: ['FlowSchema', 'PriorityLevelConfiguration'],
    until: '1.26',
  },
  { apiVersion: 'storage.k8s.io/v1beta1', kinds: ['CSIStorageCapacity'], until: '1.27', instead: 'storage.k8s.io/v1' },
  { apiVersion: 'batch/v1', kinds: ['CronJob'], from: '1.21', instead: 'batch/v1beta1' },
  { apiVersion: 'policy/v1', kinds: ['PodDisruptionBudget'], from: '1.21', instead: 'policy/v1beta1' },
  { apiVersion: 'discovery.k8s.io/v1', kinds: ['EndpointSlice'], from: '1.21', instead: 'discovery.k8s.io/v1beta1' },
  { apiVersion: 'node.k8s.io/v1', kinds: ['RuntimeClass'], from: '1.20', instead: 'node.k8s.io/v1beta1' },
  { apiVersion: 'autoscaling/v2', kinds: ['HorizontalPodAutoscaler'], from: '1.23', instead: 'autoscaling/v2beta2' },
  { apiVersion: 'storage.k8s.io/v1', kinds: ['CSIStorageCapacity'], from: '1.24', instead: 'storage.k8s.io/v1beta1' },
];

/** What of an object decides whether an API server takes it. */
interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

/** Objects of one kind at an API version that isn't served. */
export interface UnservedApi {
  apiVersion: string;
  kind: string;
  /** First Kubernetes minor version that no longer serves it, or `from` the first that does. */
  until?: string;
  from?: string;
  instead?: string;
  /** `namespace/name` or `name` of each. */
  objects: string[];
}

/** Which of these objects a Kubernetes version (e.g. `1.22.8`) doesn't serve, grouped by API version and kind. */
export function unservedApis(objects: readonly ApiObject[], kubernetesVersion: string): UnservedApi[] {
  return grouped(objects, (span) => !isServed(span, kubernetesVersion));
}

/** Which of these objects some Kubernetes version after this one doesn't serve any more. */
export function deprecatedApis(objects: readonly ApiObject[], kubernetesVersion: string): UnservedApi[] {
  return grouped(objects, ({ until }) => until !== undefined && isBefore(kubernetesVersion, until));
}

function grouped(objects: readonly ApiObject[], matches: (span: ApiSpan) => boolean): UnservedApi[] {
  const found = new Map<string, UnservedApi>();
  for (const { apiVersion, kind, metadata } of objects) {
    const span = spanOf(apiVersion, kind);
    if (!span || !matches(span)) continue;
    const { until, from, instead } = span;
    const key = `${apiVersion} ${kind}`;
    const group = found.get(key) ?? { apiVersion, kind, until, from, instead, objects: [] };
    group.objects.push(metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name);
    found.set(key, group);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

function spanOf(apiVersion: string, kind: string): ApiSpan | undefined {
  return spans.find((span) => span.apiVersion === apiVersion && span.kinds.includes(kind));
}

/**
 * What takes the place of an API, by the name of its resource as API servers give it (`customresourcedefinitions`);
 * undefined where nothing is known to.
 */
export function replacementOf(apiVersion: string, resource: string): string | undefined {
  return spans.find(
    (span) => span.apiVersion === apiVersion && span.kinds.some((kind) => resourceOf(kind) === resource),
  )?.instead;
}

/** Plural of a kind in lower case: `ingresses`, `podsecuritypolicies`. */
export function resourceOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return name.endsWith('s') ? `${name}es` : `${name}s`;
}

function isServed({ from, until }: ApiSpan, version: string): boolean {
  return !(from && isBefore(version, from)) && !(until && !isBefore(version, until));
}
