import { z } from 'zod';
import type { Release, ReleaseId } from '../releases/release.ts';

/** A key of application.yaml, as its schema describes it. */
export interface DocumentedKey {
  /** Below the module's key: `es.nodeSets[].name`; `*` stands for any key. */
  path: string;
  type: string;
  /** As JSON; undefined where there is none. */
  default: unknown;
  required: boolean;
  meaning: string;
}

/** JSON Schema, as far as zod writes it for our schemas. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
}

type Schema = (release: Release) => z.ZodType<Record<string, unknown>>;

/** What operators may write, as JSON Schema. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** Every key that a schema has at a release, in its order, sections before what is in them. */
export function documentedKeys(schema: Schema, release: Release): DocumentedKey[] {
  const parsed = schema(release).safeParse({});
  return keysOf(inputSchema(schema(release)), '', parsed.data);
}

function keysOf(schema: JsonSchema, above: string, filledIn: unknown): DocumentedKey[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const path = above ? `${above}.${key}` : key;
    const value = (filledIn as Record<string, unknown> | undefined)?.[key];
    return keyAndBelow(property, path, schema.required?.includes(key) ?? false, value);
  });
  const { additionalProperties: others } = schema;
  const named = typeof others === 'object' && others.properties ? others : undefined;
  return named ? [...own, ...keyAndBelow(named, above ? `${above}.*` : '*', false, undefined)] : own;
}

function keyAndBelow(schema: JsonSchema, path: string, required: boolean, filledIn: unknown): DocumentedKey[] {
  const isSection = schema.properties !== undefined;
  const key: DocumentedKey = {
    path,
    type: typeName(schema),
    // A section's default is what its keys' defaults say.
    default: isSection ? undefined : (schema.default ?? filledIn),
    required,
    meaning: schema.description ?? '',
  };
  const entries = schema.items?.properties ? keysOf(schema.items, `${path}[]`, undefined) : [];
  const alternatives = (schema.anyOf ?? []).flatMap((option) => keysOf(option, path, filledIn));
  return [key, ...keysOf(schema, path, filledIn), ...entries, ...alternatives];
}

function typeName(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeName))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeName({ type })).join(' or ');
  switch (schema.type) {
    case 'array':
      return schema.items ? `list of ${plural[typeName(schema.items)] ?? typeName(schema.items)}` : 'list';
    case 'object':
      return objectType(schema);
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    default:
      return schema.type ?? 'anything';
  }
}

/** A section has known keys, and no others; a mapping any. */
function objectType({ properties, additionalProperties: others }: JsonSchema): string {
  if (properties && others === false) return 'section';
  const type = !properties && typeof others === 'object' && others.type ? typeName(others) : undefined;
  return type ? `mapping of ${plural[type] ?? type}` : 'mapping';
}

const plural: Record<string, string> = {
  section: 'sections',
  mapping: 'mappings',
  text: 'texts',
  number: 'numbers',
  'whole number': 'whole numbers',
};

/** A key of all releases that have it. */
export interface KeyAcrossReleases extends DocumentedKey {
  releases: ReleaseId[];
  /** Default by release, where they differ. */
  defaults?: Partial<Record<ReleaseId, unknown>>;
}

/** One row per key and meaning: a key that is the same in several releases is one, with their defaults. */
export function keysAcrossReleases(schema: Schema, releases: Release[]): KeyAcrossReleases[] {
  const merged: KeyAcrossReleases[] = [];
  for (const release of releases) {
    for (const key of documentedKeys(schema, release)) {
      const same = merged.find(
        ({ path, type, meaning, required }) =>
          path === key.path && type === key.type && meaning === key.meaning && required === key.required,
      );
      if (!same) {
        merged.push({ ...key, releases: [release.id], defaults: { [release.id]: key.default } });
        continue;
      }
      same.releases.push(release.id);
      same.defaults![release.id] = key.default;
    }
  }
  return merged.map(({ defaults, ...key }) => {
    const differ = new Set(key.releases.map((id) => JSON.stringify(defaults![id]))).size > 1;
    return differ ? { ...key, defaults } : key;
  });
}
