import type { KubernetesObject } from './definition.ts';

/** A column of `kubectl get`: its title, type and JSON path. */
export type CrdColumn = [name: string, type: 'boolean' | 'date' | 'integer' | 'string', jsonPath: string];

export interface CrdVersion {
  name: string;
  served?: boolean;
  storage?: boolean;
  /** OpenAPI v3 schema; default: any fields. */
  schema?: object;
  /** Default: only the name and the age. */
  columns?: CrdColumn[];
}

export interface CrdNames {
  group: string;
  kind: string;
  plural: string;
  singular?: string;
  shortNames?: string[];
  categories?: string[];
  scope?: 'Namespaced' | 'Cluster';
  versions: CrdVersion[];
  /** Versions whose `status` is written apart from the rest. */
  status?: boolean;
  annotations?: Record<string, string>;
}

const anyFields = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * A CustomResourceDefinition (apiextensions v1) that isn't part of any chart that is pinned here. It accepts any fields
 * of a version without a schema: those are checked by the controller of its project.
 */
export function openCrd(names: CrdNames): KubernetesObject {
  const { group, kind, plural, scope = 'Namespaced', shortNames, categories, annotations } = names;
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
        ...(categories ? { categories } : {}),
      },
      versions: names.versions.map(({ name, served = true, storage = false, schema = anyFields, columns }) => ({
        name,
        served,
        storage,
        schema: { openAPIV3Schema: schema },
        ...(names.status ? { subresources: { status: {} } } : {}),
        ...(columns
          ? { additionalPrinterColumns: columns.map(([title, type, jsonPath]) => ({ name: title, type, jsonPath })) }
          : {}),
      })),
    },
  };
}
