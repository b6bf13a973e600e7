import { draws, pick } from './draws.ts';
import type { Field } from './fields.ts';

type Keywords = Record<string, unknown>;

/** What limits a field: keywords of its own schema, and of the one that has the fields below it. */
export interface Limits {
  schema: Keywords;
  holder: Keywords;
}

const choices = [
  ['Always', 'IfNotPresent', 'Never'],
  ['TCP', 'UDP', 'SCTP'],
  ['Strict', 'Permissive', 'Disabled'],
  ['In', 'NotIn', 'Exists', 'DoesNotExist'],
  ['http', 'https'],
];
const patterns = [
  '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$',
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  '(^0|([0-9]*[.])?[0-9]+((K|M|G|T|E|P)i?)?B)$',
];
const scalars = new Set(['string', 'integer', 'boolean']);
/** What the API server knows itself, and what must keep taking every object. */
const unlimited = new Set(['', '.apiVersion', '.kind', '.spec', '.status']);

/** Limits as real schemas have them; fields of one name below fields of one name have the same. */
export function limitsOf(field: Field, parent: string, defaults: boolean): Limits {
  if (unlimited.has(field.path)) return { schema: {}, holder: {} };
  const [which, more, value] = draws(`${parent}.${field.name} limits`);
  const withDefault = (keywords: Keywords, content: unknown) =>
    defaults && more % 3 === 0 ? { ...keywords, default: content } : keywords;
  switch (field.kind) {
    case 'string': {
      const choice = pick(choices, value);
      if (which % 6 === 0) return own(withDefault({ enum: choice }, choice[0]));
      return own(which % 6 === 1 ? { pattern: pick(patterns, value) } : which % 6 === 2 ? { minLength: 1 } : {});
    }
    case 'integer':
      return own(withDefault({ format: which % 2 ? 'int32' : 'int64', ...(which % 3 ? {} : { minimum: 0 }) }, 1));
    case 'boolean':
      return own(withDefault({}, false));
    case 'strings':
      return own(pick([{}, { 'x-kubernetes-list-type': 'set' }, { minItems: 1 }, {}], which));
    case 'reference':
      return { schema: {}, holder: { ...required(field, ['key']), 'x-kubernetes-map-type': 'atomic' } };
    case 'objects':
      return ofObjects(field, which);
    case 'object':
    case 'objects-by-name':
      return { schema: {}, holder: required(field, mandatory(field, which)) };
    default:
      return own({});
  }
}

function own(schema: Keywords): Limits {
  return { schema, holder: {} };
}

/** Half of the lists whose entries have names are maps by them. */
function ofObjects(field: Field, which: number): Limits {
  const names = mandatory(field, which);
  if (which % 2 > 0 || !field.fields.some(({ name }) => name === 'name'))
    return { schema: {}, holder: required(field, names) };
  return {
    schema: { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
    holder: required(field, [...new Set(['name', ...names])]),
  };
}

function mandatory({ fields }: Field, which: number): string[] {
  const simple = fields.filter(({ kind }) => scalars.has(kind)).map(({ name }) => name);
  return simple.slice(0, which % 3);
}

function required({ fields }: Field, names: string[]): Keywords {
  const present = names.filter((name) => fields.some((field) => field.name === name));
  return present.length > 0 ? { required: present } : {};
}
