import { Ajv } from 'ajv';
import type { Schema } from '../../../sandbox/charts/schemas/openapi.ts';
import { partsOf } from './stand-in-crds.ts';

const judge = new Ajv({ strict: false, validateFormats: false });
const types = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);
const scalars = new Set(['string', 'integer', 'number', 'boolean']);

/** What an API server would have against a schema by the rules of structural schemas, one sentence each. */
export function structuralProblems(root: Schema): string[] {
  const problems = root.type === 'object' ? [] : ['the root is no object'];
  for (const { path, schema } of partsOf(root)) {
    for (const problem of problemsOf(schema)) problems.push(`${path.join('.')}: ${problem}`);
  }
  const { metadata } = root.properties ?? {};
  if (metadata && JSON.stringify(metadata) !== '{"type":"object"}') problems.push('metadata: says more than its type');
  return problems;
}

function problemsOf(schema: Schema): string[] {
  const { type, properties, items, additionalProperties, required, default: content } = schema;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const untyped = intOrString || (schema['x-kubernetes-preserve-unknown-fields'] === true && type === undefined);
  const given = Object.keys(properties ?? {});
  return [
    ...((untyped ? type !== undefined : !types.has(type ?? '')) ? ['no type of its own'] : []),
    ...(intOrString && JSON.stringify(schema.anyOf) !== '[{"type":"integer"},{"type":"string"}]' ? ['anyOf'] : []),
    ...(!intOrString && ['anyOf', 'allOf', 'oneOf', 'not'].some((word) => word in schema) ? ['a junctor'] : []),
    ...(properties && additionalProperties ? ['properties and additionalProperties'] : []),
    ...((type === 'array') !== (items !== undefined) ? ['items of what is no array, or the other way round'] : []),
    ...((properties || additionalProperties) && type !== 'object' ? ['properties of what is no object'] : []),
    ...((required as string[] | undefined) ?? []).flatMap((name) => (given.includes(name) ? [] : [`no ${name}`])),
    ...(content !== undefined && !judge.validate(schema, content) ? [`its default is refused: ${content}`] : []),
    ...(typeof schema.pattern === 'string' ? patternProblems(schema.pattern) : []),
    ...listProblems(schema),
  ];
}

/** Go's expressions know neither look-around nor references to groups. */
function patternProblems(pattern: string): string[] {
  new RegExp(pattern);
  return /\(\?[=!<]|\\[1-9]/.test(pattern) ? ['a pattern that Go doesn’t take'] : [];
}

function listProblems(schema: Schema): string[] {
  const { type, items = {} } = schema;
  const kind = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  if ((kind !== undefined || keys) && type !== 'array') return ['a list type of what is no list'];
  if (kind === 'set') return scalars.has(items.type ?? '') ? [] : ['a set of what is no scalar'];
  if (kind !== 'map') return keys ? ['keys of what is no map'] : [];
  if (!keys?.length) return ['a map without keys'];
  const mandatory = (items.required ?? []) as string[];
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    if (!scalars.has(property?.type ?? '')) return [`its key ${key} is no scalar`];
    return mandatory.includes(key) || property?.default !== undefined ? [] : [`its key ${key} may be absent`];
  });
}
