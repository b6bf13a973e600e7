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

/** Commands that print events while they run; the others print one document at their end. */
const running = ['up', 'upgrade', 'destroy', 'rehearse'];

/** What isn't as promised in what a command has printed with `--json`; empty: nothing. */
export function outputErrors([command = '', ...options]: readonly string[], stdout: string): string[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  const last = lines.findIndex((line) => line.startsWith('{"type":"error"'));
  const ended = last < 0 ? lines.length : last;
  const isDocument = !running.includes(command) || options.includes('--dry-run') || options.includes('--list');
  const errors = lines.slice(isDocument ? ended : 0).flatMap(eventErrors);
  if (!isDocument || ended === 0) return errors;
  return [...documentErrors(command, lines.slice(0, ended).join('\n')), ...errors];
}

function eventErrors(line: string): string[] {
  const event = parsed(line);
  return event === undefined ? [`not JSON: ${line}`] : schemaErrors('events-v1', event);
}

function documentErrors(command: string, text: string): string[] {
  const document = parsed(text);
  if (document === undefined) return [`not JSON: ${text.slice(0, 200)}`];
  return command === 'preview' || command === 'drift' ? schemaErrors('plan-v1', document) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
