import type { KubernetesObject } from '../../../modules/definition.ts';
import { prepareCrd } from '../../../modules/objects.ts';
import type { StandInChart } from '../../../sandbox/charts/chart.ts';
import type { Schema } from '../../../sandbox/charts/schemas/openapi.ts';

export interface CrdSpec {
  versions: { name: string; schema?: { openAPIV3Schema: Schema } }[];
  validation?: { openAPIV3Schema: Schema };
}

/** CRDs of a stand-in chart as modules apply them, by name. */
export function crdsOf({ objects, crds = [] }: StandInChart): Map<string, KubernetesObject> {
  const all = [...crds, ...objects.map(({ object }) => object)] as KubernetesObject[];
  return new Map(
    all.filter(({ kind }) => kind === 'CustomResourceDefinition').map((crd) => [crd.metadata.name, prepareCrd(crd)]),
  );
}

/** Schemas of a CRD, that of all versions or those of each. */
export function schemasOf({ spec }: KubernetesObject): Schema[] {
  const { versions, validation } = spec as CrdSpec;
  return [validation, ...versions.map(({ schema }) => schema)].flatMap((one) => (one ? [one.openAPIV3Schema] : []));
}

/** A part of a schema and the names that lead to it. */
export interface SchemaPart {
  path: string[];
  schema: Schema;
}

/** A schema and all that is in it. */
export function partsOf(schema: Schema, path: string[] = []): SchemaPart[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([name, each]) => partsOf(each, [...path, name])),
    ...(items ? partsOf(items, [...path, '[]']) : []),
    ...(additionalProperties ? partsOf(additionalProperties, [...path, '{}']) : []),
  ];
}
