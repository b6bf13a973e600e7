import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { repositoryRoot } from '../repository/root.ts';

const compiled = new Map<string, ValidateFunction>();

/** What the published schema (`events-v1`, `plan-v1`) finds wrong with a value; empty: nothing. */
export function schemaErrors(name: 'events-v1' | 'plan-v1', value: unknown): string[] {
  const validate = compiled.get(name) ?? compile(name);
  compiled.set(name, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function compile(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  formats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(join(repositoryRoot, `docs/schemas/${name}.schema.json`), 'utf8')));
}
