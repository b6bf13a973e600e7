import { list, type StandInObject, template, value } from './template.ts';

type Tree = Record<string, unknown>;
type Labels = Record<string, string>;

/** Name of a Helm release in an object's name. */
export const release = '{{ .Release.Name }}';
export const namespace = template('{{ .Release.Namespace }}');

/** `metrics-<rest>` for release `metrics`. */
export const named = (rest: string) => template(`${release}-${rest}`);

export const nameLabels = (name: string, component?: string): Labels => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/instance': template(release),
  ...(component ? { 'app.kubernetes.io/component': component } : {}),
});

export interface WorkloadOptions {
  kind?: 'Deployment' | 'DaemonSet' | 'StatefulSet';
  name: string;
  /** Selector, and labels of the pods. */
  labels: Labels;
  containers: Tree[];
  initContainers?: Tree[];
  replicas?: unknown;
  account?: string;
  /** Path of the values that hold nodeSelector, tolerations, affinity; empty: the root of the values. */
  placement?: string;
  /** Tolerations that the chart has by itself. */
  tolerations?: Tree[];
  hostNetwork?: boolean;
  volumes?: unknown;
  podAnnotations?: unknown;
  podLabels?: Labels;
  /** Further fields of the pod spec. */
  pod?: Tree;
  /** Further fields of the workload's spec. */
  spec?: Tree;
  when?: string;
}

/** A Deployment, DaemonSet or StatefulSet. */
export function workload(options: WorkloadOptions): StandInObject {
  const { kind = 'Deployment', name, labels, placement } = options;
  const at = (key: string) => (placement ? `${placement}/${key}` : key);
  return {
    when: options.when,
    object: {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace, labels },
      spec: {
        ...(kind === 'DaemonSet' ? {} : { replicas: options.replicas ?? 1 }),
        ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
        selector: { matchLabels: labels },
        ...options.spec,
        template: {
          metadata: {
            labels: { ...labels, ...options.podLabels },
            ...(options.podAnnotations ? { annotations: options.podAnnotations } : {}),
          },
          spec: {
            ...(options.account ? { serviceAccountName: options.account } : {}),
            ...(options.hostNetwork ? { hostNetwork: true } : {}),
            ...(placement === undefined
              ? { tolerations: options.tolerations ?? [] }
              : {
                  nodeSelector: value(at('nodeSelector')),
                  tolerations: list(at('tolerations'), ...(options.tolerations ?? [])),
                  affinity: value(at('affinity')),
                }),
            ...(options.initContainers ? { initContainers: options.initContainers } : {}),
            containers: options.containers,
            ...(options.volumes ? { volumes: options.volumes } : {}),
            ...options.pod,
          },
        },
      },
    },
  };
}

export interface Port {
  name: string;
  port: number;
  targetPort?: number | string;
}

export function service(
  name: string,
  ports: Port[],
  selector: Labels,
  options: { when?: string; namespace?: string; spec?: Tree; labels?: Labels } = {},
): StandInObject {
  return {
    when: options.when,
    object: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: options.namespace ?? namespace, labels: options.labels ?? selector },
      spec: { ports: ports.map((port) => ({ ...port, protocol: 'TCP' })), selector, ...options.spec },
    },
  };
}

export function account(name: string, when?: string): StandInObject {
  return { when, object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } } };
}

const readAll = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }];

/** ClusterRole and binding; what the role grants doesn't matter here. */
export function clusterRole(
  name: string,
  { binding = name, subject, when }: { binding?: string | false; subject?: string; when?: string } = {},
): StandInObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { when, object: { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: readAll } },
    ...(binding
      ? [
          {
            when,
            object: {
              apiVersion: `${rbac}/v1`,
              kind: 'ClusterRoleBinding',
              metadata: { name: binding },
              roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
              subjects: [{ kind: 'ServiceAccount', name: subject ?? name, namespace }],
            },
          },
        ]
      : []),
  ];
}

/** Role that may read secrets, and its binding. */
export function secretReader(name: string, subject: string): StandInObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  return [
    {
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'Role',
        metadata: { name, namespace },
        rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'watch', 'list'] }],
      },
    },
    {
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace },
        roleRef: { apiGroup: rbac, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: subject }],
      },
    },
  ];
}

export function configMap(name: string, data: unknown, when?: string, labels?: Tree): StandInObject {
  const metadata = { name, namespace, ...(labels ? { labels } : {}) };
  return { when, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } };
}

export interface WebhookOptions {
  name: string;
  service: string;
  path: string;
  rules: { apiGroups: string[]; apiVersions?: string[]; resources: string[]; operations?: string[] }[];
  failurePolicy?: 'Fail' | 'Ignore';
  namespaceSelector?: Tree;
  objectSelector?: Tree;
}

/** Webhook configuration whose CA bundle a controller fills in. */
export function webhooks(
  kind: 'Validating' | 'Mutating',
  name: string,
  hooks: WebhookOptions[],
  options: { annotations?: Labels; labels?: Labels; when?: string } = {},
): StandInObject {
  return {
    when: options.when,
    object: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name, labels: options.labels, annotations: options.annotations },
      webhooks: hooks.map(({ name: hook, service: target, path, rules, ...rest }) => ({
        name: hook,
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { name: target, namespace, path } },
        rules: rules.map((rule) => ({ apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], ...rule })),
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 10,
        ...rest,
      })),
    },
  };
}

export function serviceMonitor(
  name: string,
  port: string,
  matchLabels: Labels,
  options: { when?: string; labels?: Labels; namespaces?: string[]; endpoint?: Tree } = {},
): StandInObject {
  return {
    when: options.when,
    object: {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name, namespace, labels: options.labels },
      spec: {
        selector: { matchLabels },
        ...(options.namespaces ? { namespaceSelector: { matchNames: options.namespaces } } : {}),
        endpoints: [{ port, ...options.endpoint }],
      },
    },
  };
}
