import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What the installed @pulumi/aws says about a resource type. */
export interface TypeSchema {
  inputs: Set<string>;
  /** Properties that only AWS sets. */
  outputs: Set<string>;
  required: string[];
}

const packages = createRequire(import.meta.url);
const known = new Map<string, TypeSchema>();

/**
 * Inputs and outputs of a type token (`aws:ec2/vpc:Vpc`), read from the generated class in @pulumi/aws: the engine is not
 * given a schema, and a provider must know which outputs a preview can't tell.
 * @throws Error for a token that @pulumi/aws doesn't have.
 */
export function schemaOf(token: string): TypeSchema {
  const found = known.get(token);
  if (found) return found;
  const path = /^aws:([a-zA-Z0-9/]+):/.exec(token)?.[1];
  let source: string;
  try {
    source = readFileSync(packages.resolve(`@pulumi/aws/${path}.js`), 'utf8');
  } catch {
    throw new Error(`unknown resource type ${token}`);
  }
  const all = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, name = '']) => name);
  const schema: TypeSchema = {
    inputs: new Set(all(/resourceInputs\["(\w+)"\] = \(?args\?/g)),
    outputs: new Set(all(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g)),
    required: all(/Missing required property '(\w+)'/g),
  };
  for (const name of all(/resourceInputs\["(\w+)"\] = \(?args \?/g)) schema.inputs.add(name);
  for (const name of schema.inputs) schema.outputs.delete(name);
  known.set(token, schema);
  return schema;
}
