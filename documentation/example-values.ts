import type { ModuleDefinition, Values } from '../modules/definition.ts';
import { modules } from '../modules/index.ts';
import { refusedValues } from '../modules/refused.ts';
import { mergeValues } from '../modules/schema.ts';
import type { ModuleId, Release } from '../releases/release.ts';
import { inputSchema, type JsonSchema } from './schema-keys.ts';

/** What switches don't show by themselves: without these a part makes no objects, or isn't right. */
const more: Partial<Record<ModuleId, Values>> = {
  'cert-manager': {
    clusterIssuer: {
      name: 'letsencrypt-dns-prod',
      server: 'https://acme.example.com/directory',
      email: 'someone@example.com',
      solvers: [{ dns01: { route53: { region: 'eu-central-1' } } }],
    },
  },
  logging: { es: { nodeSets: [{ name: 'default', count: 1, storage: { size: '16Gi' } }] } },
  mq: { rabbitmq: { hosts: ['mq.example.com'] } },
};

/** Values of every module with each part of it on, as an operator would write them, as far as they are right together. */
export function everythingOn(release: Release): Partial<Record<ModuleId, Values>> {
  const having = modules.filter(({ releases }) => releases.includes(release.id));
  return Object.fromEntries(having.map((definition) => [definition.id, withEverything(definition, release)]));
}

function withEverything(definition: ModuleDefinition, release: Release): Values {
  const schema = definition.values(release);
  const values = mergeValues(example(inputSchema(schema), '') as Values, more[definition.id]);
  // Parts that exclude each other, or want more than a switch, stay off.
  for (let attempt = 0; attempt < 50; attempt++) {
    const wrong = [
      ...(schema.safeParse(values).error?.issues ?? []),
      ...refusedValues(definition.refused, values, release),
    ];
    if (wrong.length === 0) return values;
    for (const { path } of wrong) remove(values, [...path]);
  }
  throw new Error(`no example values of ${definition.id} at ${release.id}`);
}

function example(schema: JsonSchema, key: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.properties) {
    const entries = Object.entries(schema.properties).flatMap(([name, property]) => {
      const value = shown(property, name, schema.required?.includes(name) ?? false);
      return value === undefined ? [] : [[name, value]];
    });
    return Object.fromEntries(entries);
  }
  if (schema.enum) return schema.enum[0];
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'array':
      return schema.items ? [example(schema.items, key)] : [];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 1;
    case 'object':
      return {};
    default:
      if (/ipblocks/i.test(key)) return '10.0.0.0/8';
      return /url|host|dnsnames/i.test(key) ? `${key.toLowerCase()}.example.com` : `<${key}>`;
  }
}

/** Switches, what has some, and what makes objects: names of hosts, lists of sections. */
function shown(schema: JsonSchema, name: string, required: boolean): unknown {
  const isSwitch = schema.type === 'boolean' && /^(enabled|prometheus)$/.test(name);
  const makesObjects = schema.properties || schema.items?.properties || /^(url|ipBlocks|dnsNames)$/.test(name);
  return required || isSwitch || makesObjects ? example(schema, name) : undefined;
}

/** Takes away what is at a path or, where nothing is, what it would be in. */
function remove(values: Values, path: PropertyKey[]): void {
  let parent: Values | undefined;
  let last: PropertyKey | undefined;
  let current: unknown = values;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !(step in current)) break;
    [parent, last, current] = [current as Values, step, (current as Values)[String(step)]];
  }
  if (parent && last !== undefined) delete parent[String(last)];
}
