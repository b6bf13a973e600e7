import { type FieldKind, fieldNames, foreignNames } from '../data/schema-words.ts';
import { draws, pick } from './draws.ts';

/** A field of a schema, with the fields below it or below its entries. */
export interface Field {
  name: string;
  kind: FieldKind;
  /** Names from the top, joined by dots. */
  path: string;
  fields: Field[];
}

export interface GrowthOptions {
  /** API group: fields of one name have the same fields below them all over it, as types do. */
  group: string;
  /** Names that have to be among the fields; they recur in them. */
  wanted: readonly string[];
  /** Names that have to be there once. */
  also: readonly string[];
  /** What objects have at the top beside `spec` and `status`. */
  beside: readonly string[];
}

type Shape = readonly (readonly [name: string, kind: FieldKind])[];

const top: Shape = [
  ['apiVersion', 'string'],
  ['kind', 'string'],
  ['metadata', 'object'],
  ['spec', 'anything'],
  ['status', 'anything'],
];
const reference: Shape = [
  ['key', 'string'],
  ['name', 'string'],
  ['optional', 'boolean'],
];
const vocabulary: Shape = (Object.keys(fieldNames) as FieldKind[]).flatMap((kind) =>
  fieldNames[kind].map((name) => [name, kind] as const),
);
const branching = new Set<FieldKind>(['object', 'objects', 'objects-by-name', 'reference']);
const deepest = 7;

/**
 * Fields of a made-up resource: `count` of them in all. Those of a larger count begin with those of a smaller one. Branches
 * are beside `spec` and `status`, which take what real objects have there: of what is below an open field the API server
 * publishes nothing in its OpenAPI document, and that document's size is part of what definitions cost.
 */
export function growFields(count: number, { group, wanted, also, beside }: GrowthOptions): Field[] {
  const root: Field = { name: '', kind: 'object', path: '', fields: [] };
  let left = count;

  /** What is below a field of this name, as far as there is room for it. */
  const shapes = new Map<string, Shape>();
  function shapeOf({ name, kind }: Field): Shape {
    if (kind === 'reference') return reference;
    const shape = shapes.get(name) ?? compose(name, kind, group, wanted);
    shapes.set(name, shape);
    return shape;
  }

  function add(parent: Field, name: string, kind: FieldKind): Field | undefined {
    if (left === 0 || parent.fields.some((field) => field.name === name)) return undefined;
    left -= 1;
    const field: Field = { name, kind, path: `${parent.path}.${name}`, fields: [] };
    parent.fields.push(field);
    return field;
  }

  /** Children first, then what is below each: all that are wanted have their place. */
  function grow(parent: Field, children: Shape, depth: number, until: number): void {
    const added = children.flatMap(([name, kind]) =>
      left <= until || (branching.has(kind) && depth >= deepest) ? [] : (add(parent, name, kind) ?? []),
    );
    for (const field of added) if (branching.has(field.kind)) grow(field, shapeOf(field), depth + 1, until);
  }

  for (const [name, kind] of top) add(root, name, kind);
  for (const name of beside) add(root, name, 'untyped');
  for (let branch = 0; left > 0; branch += 1) {
    const [size, shape] = draws(`${group} branch ${branch}`);
    const until = Math.max(0, left - 30 - (size % 40));
    const kind = pick(['object', 'objects', 'object', 'objects-by-name'] as const, shape);
    const field = add(root, foreignName(branch), kind);
    if (!field) continue;
    const first = [...wanted, ...also].slice(6 * branch, 6 * branch + 6).map((name) => [name, kindOf(name)] as const);
    grow(field, [...first, ...shapeOf(field)], 1, until);
  }
  return root.fields;
}

/** Entries of half of the lists have names. */
function compose(name: string, kind: FieldKind, group: string, wanted: readonly string[]): Shape {
  const [count, named] = draws(`${group} ${name}`);
  const first: Shape = kind === 'objects' && named % 2 === 0 ? [['name', 'string']] : [];
  const others: Shape = Array.from({ length: 3 + (count % 8) }, (_, index) => {
    const [source, which] = draws(`${group} ${name} ${index}`);
    if (wanted.length === 0 || source % 8 > 0) return pick(vocabulary, which);
    const found = pick(wanted, which);
    return [found, kindOf(found)];
  });
  return [...first, ...others];
}

/** What a field of a name is that looks like a secret. */
function kindOf(name: string): FieldKind {
  if (/^(allow|pass|forward|chap)/.test(name)) return 'boolean';
  if (/ByRole$/.test(name)) return 'objects-by-name';
  if (/^(imagePullSecrets|jwtTokens|authorizations)$/.test(name)) return 'objects';
  if (name === 'secrets') return 'strings';
  if (/(Ref|[a-z]Secret|[pP]assword)$/.test(name)) return 'reference';
  return /^(auth|authorization|basicAuth|oauth2|credentials|privateKey|secretTemplate|serviceAccountToken)$/.test(name)
    ? 'object'
    : 'string';
}

/** `keelPolicy`, `berthTemplate`: another one for each number. */
function foreignName(number: number): string {
  const { first, second } = foreignNames;
  const round = Math.floor(number / first.length);
  const again = Math.floor(round / second.length);
  return `${pick(first, number)}${pick(second, number + round)}${again > 0 ? again : ''}`;
}
