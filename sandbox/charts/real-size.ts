import type { StandInChart } from './chart.ts';
import { openObject } from './crds.ts';
import { type CrdSize, crdSizes, topFields } from './data/crd-sizes.ts';
import { namesOfOneVersion, secretLookingNames } from './data/secret-looking-names.ts';
import { type GrowthOptions, growFields } from './schemas/fields.ts';
import { type Schema, schemaOf } from './schemas/openapi.ts';
import type { StandInObject } from './template.ts';

type Definition = StandInObject['object'];

interface Spec {
  group: string;
  versions: { schema?: { openAPIV3Schema: Schema } }[];
  /** That of all versions, in the form of v1beta1. */
  validation?: { openAPIV3Schema: Schema };
}

/** Bytes that modules add to a definition before they apply it: annotations, and that it keeps no unknown fields. */
const addedByModules = { v1: 122, v1beta1: 92 };

/** A chart whose definitions are as large as upstream's, with as many properties, and names that look like secrets. */
export function atRealSize(chart: StandInChart): StandInChart {
  const version = chart.asOf ?? chart.version;
  const sizes = crdSizes[chart.chart]?.[version] ?? {};
  const sized = (definition: Definition): Definition => {
    const { name } = definition.metadata as { name: string };
    const size = sizes[name];
    if (!size) throw new Error(`no size of ${name} in ${chart.chart} ${version}: measure upstream's, for crd-sizes.ts`);
    return atSize(definition, size, {
      wanted: secretLookingNames[name] ?? [],
      also: namesOfOneVersion[name]?.[version] ?? [],
      beside: topFields[name] ?? [],
    });
  };
  return {
    ...chart,
    objects: chart.objects.map((entry) =>
      entry.object.kind === 'CustomResourceDefinition' ? { ...entry, object: sized(entry.object) } : entry,
    ),
    ...(chart.crds ? { crds: chart.crds.map(sized) } : {}),
  };
}

function atSize(definition: Definition, size: CrdSize, names: Omit<GrowthOptions, 'group'>): Definition {
  const spec = definition.spec as Spec;
  const beta = spec.validation !== undefined;
  const [bytes, properties, schemas = beta ? 1 : spec.versions.length] = size;
  const withSchemas = (made: Schema[]): Definition => ({
    ...definition,
    spec: beta
      ? { ...spec, validation: { openAPIV3Schema: made[0] } }
      : {
          ...spec,
          versions: spec.versions.map((version, index) => ({
            ...version,
            schema: { openAPIV3Schema: made[index] ?? openObject },
          })),
        },
  });
  const empty = Array.from({ length: schemas }, () => ({}));
  const around = JSON.stringify(withSchemas(empty)).length - schemas * '{}'.length;
  const forSchemas = bytes - addedByModules[beta ? 'v1beta1' : 'v1'] - around;
  const { group } = spec;
  // Versions mostly have the same schema.
  const known = new Map<number, Schema>();
  const made = empty.map((_, index) => {
    const count = Math.floor((properties + index) / schemas);
    const schema =
      known.get(count) ??
      schemaOf(growFields(count, { group, ...names }), {
        bytes: Math.floor(forSchemas / schemas),
        group,
        defaults: !beta,
      });
    known.set(count, schema);
    return schema;
  });
  return withSchemas(made);
}
