import type { StandInObject } from './template.ts';

/** A version of a custom resource: `v1`; stored one marked `*`, one that isn't served `-`: `v1*`, `v1alpha1-`. */
export interface StandInCrd {
  kind: string;
  plural: string;
  group: string;
  versions: string[];
  scope?: 'Cluster' | 'Namespaced';
  shortNames?: string[];
  /** Status is written with the rest of the object, not apart from it. */
  plainStatus?: boolean;
}

/** Schema of an object that may have any fields. */
export const openObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const schema = {
  type: 'object',
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } },
};

function parsed(version: string) {
  return { name: version.replace(/[*-]$/, ''), served: !version.endsWith('-'), storage: version.endsWith('*') };
}

function names({ kind, plural, shortNames }: StandInCrd) {
  return {
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    ...(shortNames ? { shortNames } : {}),
  };
}

/**
 * A CustomResourceDefinition with an open schema. `v1beta1`: in the form that Kubernetes before 1.22 took, which keeps
 * unknown fields everywhere, as ECK's were up to 1.6.
 */
export function crd(definition: StandInCrd, form: 'v1' | 'v1beta1' = 'v1'): StandInObject['object'] {
  const { plural, group, scope = 'Namespaced' } = definition;
  const metadata = { name: `${plural}.${group}`, labels: { 'kubezero.stand-in': 'true' } };
  const versions = definition.versions.map(parsed);
  const properties = { ...schema.properties, spec: openObject, status: openObject };
  if (form === 'v1beta1') {
    return {
      apiVersion: 'apiextensions.k8s.io/v1beta1',
      kind: 'CustomResourceDefinition',
      metadata,
      spec: {
        group,
        scope,
        names: names(definition),
        version: versions.find(({ storage }) => storage)!.name,
        versions,
        preserveUnknownFields: true,
        subresources: { status: {} },
        validation: {
          openAPIV3Schema: {
            type: 'object',
            properties: { ...schema.properties, spec: { type: 'object' }, status: { type: 'object' } },
          },
        },
        additionalPrinterColumns: [{ JSONPath: '.metadata.creationTimestamp', name: 'age', type: 'date' }],
      },
    };
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata,
    spec: {
      group,
      scope,
      names: names(definition),
      versions: versions.map((version) => ({
        ...version,
        schema: { openAPIV3Schema: { ...openObject, properties } },
        ...(definition.plainStatus ? {} : { subresources: { status: {} } }),
        additionalPrinterColumns: [{ jsonPath: '.metadata.creationTimestamp', name: 'Age', type: 'date' }],
      })),
    },
  };
}
