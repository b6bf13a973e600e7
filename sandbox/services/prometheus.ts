import type { ApiObject } from '../kubernetes/client.ts';
import { apply, type Effect } from './effects.ts';

const operator = { labels: { app: 'kube-prometheus-stack-operator' } };
const manager = 'prometheus-operator';

interface Kind {
  plural: 'prometheuses' | 'alertmanagers';
  /** Prefix of the StatefulSet, name of the main container and of its image. */
  name: 'prometheus' | 'alertmanager';
  port: number;
}

/** prometheus-operator: a StatefulSet for each Prometheus and Alertmanager. */
function workload({ plural, name, port }: Kind): Effect {
  return {
    name: 'prometheus-operator',
    resource: { group: 'monitoring.coreos.com', version: 'v1', plural },
    needs: operator,
    async reconcile(object, { client }) {
      const { metadata, spec } = object;
      const { namespace = '' } = metadata;
      const setName = `${name}-${metadata.name}`;
      const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': manager, [name]: metadata.name };
      const ownerReferences = [
        {
          apiVersion: object.apiVersion ?? 'monitoring.coreos.com/v1',
          kind: object.kind ?? '',
          name: metadata.name,
          uid: metadata.uid ?? '',
          controller: true,
        },
      ];
      const governing = `${name}-operated`;
      await client.ensure(`/api/v1/namespaces/${namespace}/services`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: governing, namespace, labels: { 'operated-service': 'true' }, ownerReferences },
        spec: {
          clusterIP: 'None',
          selector: { 'app.kubernetes.io/name': name },
          ports: [{ name: spec.portName ?? 'web', port }],
        },
      });
      await apply(
        client,
        `/apis/apps/v1/namespaces/${namespace}/statefulsets/${setName}`,
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: setName, namespace, labels, ownerReferences },
          spec: {
            serviceName: governing,
            replicas: spec.replicas ?? 1,
            podManagementPolicy: 'Parallel',
            selector: { matchLabels: labels },
            template: {
              metadata: {
                labels: { ...spec.podMetadata?.labels, ...labels },
                annotations: spec.podMetadata?.annotations,
              },
              spec: podSpec(object, name),
            },
            volumeClaimTemplates: claims(object, name),
          },
        },
        manager,
      );
      return undefined;
    },
  };
}

function podSpec({ spec }: ApiObject, name: string): Record<string, unknown> {
  const image = spec.image ?? `quay.io/prometheus/${name}:${spec.version ?? 'v2.34.0'}`;
  const {
    nodeSelector,
    tolerations,
    affinity,
    serviceAccountName,
    priorityClassName,
    securityContext,
    volumes,
    containers = [],
  } = spec;
  return {
    nodeSelector,
    tolerations,
    affinity,
    serviceAccountName,
    priorityClassName,
    securityContext,
    volumes,
    containers: [
      { name, image, resources: spec.resources },
      { name: 'config-reloader', image: 'quay.io/prometheus-operator/prometheus-config-reloader:v0.55.0' },
      ...containers,
    ],
  };
}

function claims({ metadata, spec }: ApiObject, name: string): unknown[] {
  const template = spec.storage?.volumeClaimTemplate;
  if (!template) return [];
  const { name: _given, creationTimestamp: _unset, ...more } = template.metadata ?? {};
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...more, name: `${name}-${metadata.name}-db` },
      spec: template.spec,
    },
  ];
}

export const prometheusEffects: Effect[] = [
  workload({ plural: 'prometheuses', name: 'prometheus', port: 9090 }),
  workload({ plural: 'alertmanagers', name: 'alertmanager', port: 9093 }),
];
