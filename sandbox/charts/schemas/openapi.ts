import { openObject } from '../crds.ts';
import { draws } from './draws.ts';
import type { Field } from './fields.ts';
import { limitsOf } from './limits.ts';
import { sentence } from './sentences.ts';

/** A schema of OpenAPI v3, as CustomResourceDefinitions have them. */
export interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  [keyword: string]: unknown;
}

export interface SchemaOptions {
  /** Bytes of the schema as compact JSON: descriptions are made to fill them. */
  bytes: number;
  group: string;
  /** Whether it may have defaults: apiextensions v1beta1 takes none of a definition that keeps unknown fields. */
  defaults: boolean;
}

interface Described {
  field: Field;
  /** Name of the field above. */
  parent: string;
  schema: Schema;
  /** The schema that has the fields below this one: its own, or that of its entries. */
  holder: Schema;
}

/**
 * A structural schema of these fields. First comes what they are, then what limits them, then descriptions, over and over
 * until it has its size: of two sizes that differ a little, only the last sentences differ. Without fields it takes any.
 */
export function schemaOf(fields: Field[], options: SchemaOptions): Schema {
  const kind = fields.length > 0 ? 'object' : 'anything';
  const described = describe({ name: '', kind, path: '', fields }, '');
  const { schema } = described[0]!;
  const order = described
    // The API server lets nothing be said about metadata.
    .filter(({ field }) => field.path !== '.metadata')
    .map((entry) => ({ ...entry, place: draws(`${options.group}${entry.field.path}`)[0] }))
    .sort((one, other) => one.place - other.place);
  const left = limit(order, options.bytes - sizeOf(schema), options);
  explain(order, left, options.group);
  return schema;
}

/** Bare schemas of a field and of all below it, its own first. */
function describe(field: Field, parent: string): Described[] {
  const own = bare(field);
  const below = field.fields.map((child) => describe(child, field.name));
  if (below.length > 0)
    own.holder.properties = Object.fromEntries(below.map(([child]) => [child!.field.name, child!.schema]));
  return [{ field, parent, ...own }, ...below.flat()];
}

function bare({ kind }: Field): { schema: Schema; holder: Schema } {
  const holder: Schema = { type: 'object' };
  const of = (schema: Schema) => ({ schema, holder: schema });
  switch (kind) {
    case 'object':
    case 'reference':
      return { schema: holder, holder };
    case 'objects':
      return { schema: { type: 'array', items: holder }, holder };
    case 'objects-by-name':
      return { schema: { type: 'object', additionalProperties: holder }, holder };
    case 'strings':
      return of({ type: 'array', items: { type: 'string' } });
    case 'labels':
      return of({ type: 'object', additionalProperties: { type: 'string' } });
    case 'int-or-string':
      return of({ anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true });
    case 'anything':
      return of({ ...openObject });
    case 'untyped':
      return of({ 'x-kubernetes-preserve-unknown-fields': true });
    default:
      return of({ type: kind });
  }
}

/** @returns bytes that are left */
function limit(described: Described[], bytes: number, { group, defaults }: SchemaOptions): number {
  let left = bytes;
  for (const { field, parent, schema, holder } of described) {
    const limits = limitsOf(field, `${group} ${parent}`, defaults);
    const size = sizeAsPart(limits.schema) + sizeAsPart(limits.holder);
    if (size > left) continue;
    Object.assign(schema, limits.schema);
    Object.assign(holder, limits.holder);
    left -= size;
  }
  return left;
}

/** Descriptions: fields whose last four names are the same begin with the same sentences. */
function explain(described: Described[], bytes: number, group: string): void {
  let left = bytes;
  for (let pass = 0; ; pass += 1) {
    for (const { field, schema } of described) {
      const before = schema.description ? `${schema.description} ` : '';
      const frame = before ? ' '.length : sizeAsPart({ description: '' });
      const place = field.path.split('.').slice(-4).join('.');
      const [number] = draws(`${group} ${place} ${pass}`);
      const text = shortened(sentence(group, number), left - frame);
      if (!text) return;
      schema.description = before + text;
      left -= frame + sizeOf(text) - '""'.length;
    }
  }
}

/** As many words of a text as there is room for, in bytes as JSON. */
function shortened(text: string, room: number): string {
  let rest = text;
  while (rest && sizeOf(rest) - '""'.length > room) rest = rest.slice(0, Math.max(0, rest.lastIndexOf(' ')));
  return rest;
}

/** Bytes of these keywords among others. */
function sizeAsPart(keywords: object): number {
  return Object.keys(keywords).length === 0 ? 0 : sizeOf(keywords) - '{}'.length + ','.length;
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
