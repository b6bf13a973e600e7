import { isDeepStrictEqual } from 'node:util';
import { defaultsKey, isMarkedSecret, isUnknown, signatureKey } from '../../../pulumi/marks.ts';
import { type PropertyPath, writePath } from './paths.ts';
import type { PropertyChange, PropertyValue } from './schema.ts';

/** What a path leads to on one side of a change. */
export type Found = { state: 'absent' | 'secret' | 'unknown' } | { state: 'known'; value: unknown };

export const absent: Found = { state: 'absent' };

/** Looks a path up; whatever is inside of something secret (or unknown) is secret (or unknown) itself. */
export function lookUp(root: unknown, path: PropertyPath): Found {
  let value = root;
  for (const part of [...path, undefined]) {
    if (isSecret(value)) return { state: 'secret' };
    if (isUnknown(value)) return { state: 'unknown' };
    if (value === undefined) return absent;
    if (part === undefined) break;
    if (typeof value !== 'object' || value === null) return absent;
    value = Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
  }
  return { state: 'known', value };
}

/**
 * The difference of two values, down to where they differ: objects key by key, lists of the same length place by place.
 * What was added or deleted stays in one piece, unless part of it is secret or unknown. Where one side is secret, both are.
 */
export function compareValues(path: PropertyPath, before: Found, after: Found, replaces: boolean): PropertyChange[] {
  if (before.state === 'absent' && after.state === 'absent') return [];
  const kind = before.state === 'absent' ? 'add' : after.state === 'absent' ? 'delete' : 'update';
  const base = { path: writePath(path), kind, replaces } as const;
  if (before.state === 'secret' || after.state === 'secret') {
    const secret: PropertyValue = { state: 'secret' };
    return [
      { ...base, ...(kind === 'add' ? {} : { before: secret }), ...(kind === 'delete' ? {} : { after: secret }) },
    ];
  }
  const sides = [before, after].map((side) => (side.state === 'known' ? side.value : undefined));
  if (before.state === 'known' && after.state === 'known' && isDeepStrictEqual(...(sides as [unknown, unknown])))
    return [];
  const keys = commonKeys(before, after);
  if (keys) {
    return keys.flatMap((key) =>
      compareValues([...path, key], child(before, sides[0], key), child(after, sides[1], key), replaces),
    );
  }
  const sealed = [before, after].some((side) => side.state === 'known' && hasSecret(side.value));
  if (sealed) return compareValues(path, secretIn(before), secretIn(after), replaces);
  return [
    {
      ...base,
      ...(before.state === 'absent' ? {} : { before: shown(before) }),
      ...(after.state === 'absent' ? {} : { after: shown(after) }),
    },
  ];
}

/** Keys to compare one by one; undefined: the values are to be shown whole. */
function commonKeys(before: Found, after: Found): (string | number)[] | undefined {
  const [old, young] = [before, after].map((side) => (side.state === 'known' ? side.value : undefined));
  const lists = [old, young].filter((value) => value !== undefined).every(Array.isArray);
  if (old === undefined || young === undefined) {
    // Only one side is there: in one piece, unless that would hide which part of it isn't known.
    const [one] = [old, young].filter((value) => value !== undefined);
    const other = old === undefined ? before : after;
    if (other.state !== 'absent' || !isContainer(one) || !hasMark(one)) return undefined;
    return keysOf(one);
  }
  if (!isContainer(old) || !isContainer(young) || Array.isArray(old) !== Array.isArray(young)) return undefined;
  const marked = hasMark(old) || hasMark(young);
  if (lists && (old as unknown[]).length !== (young as unknown[]).length && !marked) return undefined;
  return [...new Set([...keysOf(old), ...keysOf(young)])];
}

function child(side: Found, value: unknown, key: string | number): Found {
  return side.state === 'known' ? lookUp(value, [key]) : side;
}

function secretIn(side: Found): Found {
  return side.state === 'absent' ? side : { state: 'secret' };
}

function shown(side: Found): PropertyValue {
  if (side.state === 'known') return { state: 'known', value: side.value as never };
  return { state: 'unknown' };
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(signatureKey in value);
}

function keysOf(value: object): (string | number)[] {
  if (Array.isArray(value)) return [...value.keys()];
  return Object.keys(value).filter((key) => !internalKeys.has(key));
}

/** What providers keep among the inputs for themselves. */
const internalKeys = new Set([defaultsKey, '__internal', '__meta']);

export function isInternal(key: string): boolean {
  return internalKeys.has(key);
}

/** Engine events have `[secret]` in the place of secrets; exported states have an object with a mark. */
export function isSecret(value: unknown): boolean {
  return value === '[secret]' || isMarkedSecret(value);
}

export function hasSecret(value: unknown): boolean {
  return isSecret(value) || (isContainer(value) && Object.values(value).some(hasSecret));
}

function hasMark(value: unknown): boolean {
  return isSecret(value) || isUnknown(value) || (isContainer(value) && Object.values(value).some(hasMark));
}
