import type { KubernetesObject } from './definition.ts';

export interface CrdVersion {
  name: string;
  served?: boolean;
  storage?: boolean;
}

export interface CrdNames {
  group: string;
  kind: string;
  plural: string;
  singular?: string;
  shortNames?: string[];
  scope?: 'Namespaced' | 'Cluster';
  versions: CrdVersion[];
  /** Versions whose `status` is written apart from the rest. */
  status?: boolean;
  annotations?: Record<string, string>;
}

/**
 * A CustomResourceDefinition (apiextensions v1) that accepts any fields. For kinds whose full schema belongs to their
 * controller's project and isn't part of any chart that is pinned here.
 */
export function openCrd(names: CrdNames): KubernetesObject {
  const { group, kind, plural, scope = 'Namespaced', shortNames, annotations } = names;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...(annotations ? { annotations } : {}) },
    spec: {
      group,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: names.singular ?? kind.toLowerCase(),
        ...(shortNames ? { shortNames } : {}),
      },
      versions: names.versions.map(({ name, served = true, storage = false }) => ({
        name,
        served,
        storage,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        ...(names.status ? { subresources: { status: {} } } : {}),
      })),
    },
  };
}
