import type { z } from 'zod';
import { holdsSecrets, isSecretName } from '../secrets/secret-names.ts';
import { nearest } from './nearest.ts';

/** Steps into a document: keys and list indices. */
export type Path = readonly (string | number)[];

/** Something wrong at one place of a document, in words for its author. */
export interface SchemaProblem {
  path: Path;
  message: string;
  /** The key itself is wrong, rather than its value; it is the last step of the path. */
  key?: string;
}

/**
 * What a schema finds wrong with a value: each problem at its path, what was expected and what is there, and for an
 * unknown key the nearest known one. Parse with `reportInput`, or messages can't say what is there.
 */
export function schemaProblems({ issues }: z.core.$ZodError, schema: z.ZodType): SchemaProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, schema, []));
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, above: Path): SchemaProblem[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], key, message: unknownKey(key, known) }));
  }
  if (issue.code === 'invalid_union') {
    const meant = intended(issue.errors);
    if (meant) return meant.flatMap((inner) => problemsOf(inner, schema, path));
  }
  return [{ path, message: describeIssue(issue, isSecretPath(path)) }];
}

/** Of a union's alternatives the only one of the value's own type: what is wrong below it is what the author wants to know. */
function intended(alternatives: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const fitting = alternatives.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** What to say about a key that isn't among those that are known: the nearest of them, or all. */
export function unknownKey(key: string, known: readonly string[], kind = 'key'): string {
  const meant = nearest(key, known);
  const advice = meant ? `; did you mean "${meant}"?` : known.length > 0 ? `; known ${kind}s: ${known.join(', ')}` : '';
  return `unknown ${kind} "${key}"${advice}`;
}

/** What was expected and what is there, for one issue of a schema. Schemas' own messages are kept; to those that start with `expected` is added what is there. */
function describeIssue(issue: z.core.$ZodIssue, secret: boolean): string {
  if (!/^(expected|Invalid|Too) /.test(issue.message)) return issue.message;
  if (issue.input === undefined && issue.code !== 'custom') return `missing: ${expectation(issue)}`;
  return `${expectation(issue)}; found ${describeValue(issue.input, secret)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => String(value)).join(', ')}`;
    case 'invalid_union':
      return `expected ${[...new Set(issue.errors.map(([first]) => (first ? expectation(first).replace(/^expected /, '') : '')))].filter(Boolean).join(' or ')}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${counted(issue.origin)}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${counted(issue.origin)}`;
    default:
      return issue.message;
  }
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

function counted(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

/** Whether a path leads to something secret, or into it. */
function isSecretPath(path: Path): boolean {
  const below = path.findIndex((step) => typeof step === 'string' && holdsSecrets(step));
  const last = path.findLast((step) => typeof step === 'string');
  return (below >= 0 && below < path.length - 1) || (typeof last === 'string' && isSecretName(last));
}

/** A secret's value isn't quoted, not even a wrong one: messages end up in logs. */
function describeValue(value: unknown, secret: boolean): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping of keys';
  if (secret) return `a ${typeof value === 'string' ? 'text' : typeof value} that isn’t shown`;
  return typeof value === 'string' ? `"${value}"` : String(value);
}

interface Definition {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  options?: z.ZodType[];
}

/** Keys that a schema allows at a path, of every alternative; empty where there are no known ones. */
function knownKeys(schema: z.ZodType, [step, ...below]: Path): string[] {
  const definition = unwrap(schema);
  if (definition.options)
    return [
      ...new Set(definition.options.flatMap((option) => knownKeys(option, step === undefined ? [] : [step, ...below]))),
    ];
  if (step === undefined) return Object.keys(definition.shape ?? {});
  const next = typeof step === 'number' ? definition.element : (definition.shape?.[step] ?? definition.valueType);
  return next ? knownKeys(next, below) : [];
}

/** The definition below optional, default, preprocessing and the like. */
function unwrap(schema: z.ZodType): Definition {
  const definition = schema.def as unknown as Definition;
  const { innerType, in: before, out: after } = definition;
  const inner = innerType ?? (before?.def.type === 'transform' ? after : before);
  return inner ? unwrap(inner) : definition;
}
