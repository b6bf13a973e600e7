import { isDeepStrictEqual } from 'node:util';
import { defaultsKey } from '../../../pulumi/marks.ts';
import { containsUnknown, isObject, type Properties } from './values.ts';

export interface PropertyChange {
  /** Property path as the engine writes it: `tags.Name`, `ingress[0].fromPort`. */
  path: string;
  /** Top-level property. */
  property: string;
  kind: 'add' | 'delete' | 'update';
}

/** What differs between two versions of a resource's inputs. */
export function diffInputs(olds: Properties, news: Properties): PropertyChange[] {
  const changes: PropertyChange[] = [];
  for (const property of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (property === defaultsKey) continue;
    compare(olds[property], news[property], step('', property), (path, kind) => changes.push({ path, property, kind }));
  }
  return changes;
}

function compare(
  old: unknown,
  next: unknown,
  path: string,
  report: (path: string, kind: PropertyChange['kind']) => void,
): void {
  if (isSame(old, next)) return;
  if (isEmpty(old)) report(path, 'add');
  else if (isEmpty(next)) report(path, 'delete');
  else if (isObject(old) && isObject(next)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)]))
      compare(old[key], next[key], step(path, key), report);
  } else if (Array.isArray(old) && Array.isArray(next)) {
    for (let index = 0; index < Math.max(old.length, next.length); index++)
      compare(old[index], next[index], `${path}[${index}]`, report);
  } else report(path, 'update');
}

/**
 * Equal in AWS's eyes: lists of plain values are sets there (subnets, security groups, actions), policies are compared as
 * JSON, and an empty list or map is no different from none.
 */
function isSame(old: unknown, next: unknown): boolean {
  if (isEmpty(old) && isEmpty(next)) return true;
  if (isDeepStrictEqual(old, next)) return !containsUnknown(next);
  if (typeof old === 'string' && typeof next === 'string') return isSameDocument(old, next);
  if (Array.isArray(old) && Array.isArray(next) && old.length === next.length && [...old, ...next].every(isPlain))
    return !containsUnknown(next) && isDeepStrictEqual([...old].sort(), [...next].sort());
  return false;
}

function isSameDocument(old: string, next: string): boolean {
  if (!old.startsWith('{') || !next.startsWith('{')) return false;
  try {
    return isDeepStrictEqual(JSON.parse(old), JSON.parse(next));
  } catch {
    return false;
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function step(path: string, key: string): string {
  if (!/^[a-zA-Z_$][\w$]*$/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path === '' ? key : `${path}.${key}`;
}
