import type { z } from 'zod';

/** What was expected and what is there, for one issue of a schema. Schemas' own messages start with `expected` and are kept. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  const found = describeValue(issue.input);
  if (issue.input === undefined && issue.code !== 'custom') return `missing: ${expectation(issue)}`;
  return `${expectation(issue)}; found ${found}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => String(value)).join(', ')}`;
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

function describeValue(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping of keys';
  return typeof value === 'string' ? `"${value}"` : String(value);
}

interface Definition {
  type: string;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
}

/** Keys that a schema allows at a path; empty where it isn't an object with known keys. */
export function knownKeys(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let current: z.ZodType | undefined = schema;
  for (const step of [...path, undefined]) {
    const definition: Definition | undefined = current && unwrap(current);
    if (!definition) return [];
    if (step === undefined) return Object.keys(definition.shape ?? {});
    current = typeof step === 'number' ? definition.element : (definition.shape?.[step] ?? definition.valueType);
  }
  return [];
}

/** The definition below optional, default and the like. */
function unwrap(schema: z.ZodType): Definition {
  const definition = schema.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in;
  return inner ? unwrap(inner) : definition;
}
