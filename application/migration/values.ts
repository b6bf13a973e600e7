import type { DeleteOperation, Kept, KeptItems, MigrationOperation, MoveOperation } from '../../releases/migration.ts';

/** KubeZero values as plain data. */
export type Values = Record<string, unknown>;

/** New values, what was done to get there, and what could not be carried over; each a sentence with the path it is about. */
export interface MigratedValues {
  values: Values;
  changes: string[];
  warnings: string[];
}

/** Does a release's operations on its values. Doesn't change them. */
export function migrateValues(
  before: Values,
  { id, migration }: { id: string; migration: readonly MigrationOperation[] },
): MigratedValues {
  const result: MigratedValues = { values: structuredClone(before), changes: [], warnings: [] };
  for (const operation of migration) {
    switch (operation.kind) {
      case 'move':
        move(operation, id, result);
        break;
      case 'delete':
        remove(operation, result);
        break;
      case 'set': {
        const value = operation.value(result.values);
        const place = placeOf(operation.path, result.values);
        if (value === undefined || !place || place.around[place.key] === value) break;
        place.around[place.key] = value;
        result.changes.push(`${operation.path} is now ${JSON.stringify(value)}`);
        break;
      }
      case 'warn':
        result.warnings.push(...operation.warn(result.values));
    }
  }
  return result;
}

/** A path's last key, and the mapping it is in; undefined where there is no such mapping. */
function placeOf(path: string, values: Values): { around: Values; key: string } | undefined {
  const { section, key } = stepsOf(path);
  const around = section === undefined ? values : values[section];
  return isMapping(around) ? { around, key } : undefined;
}

/** A path's key, and the section it is in unless it is at the top. */
export function stepsOf(path: string): { section?: string; key: string } {
  const [first, second] = path.split('.') as [string, string?];
  return second === undefined ? { key: first } : { section: first, key: second };
}

function remove({ path, warn }: DeleteOperation, { values, changes, warnings }: MigratedValues): void {
  const place = placeOf(path, values);
  if (!place || !(place.key in place.around)) return;
  warnings.push(...(warn?.(place.around[place.key]) ?? []));
  delete place.around[place.key];
  changes.push(`${path} removed`);
}

function move(operation: MoveOperation, release: string, { values, changes, warnings }: MigratedValues): void {
  const { from, to, keep, set, leftOut, warn } = operation;
  const place = placeOf(from, values);
  if (!place || !(place.key in place.around)) return;
  const { around, key } = place;
  const old = isMapping(around[key]) ? around[key] : {};
  warnings.push(...losses(old, keep, from, release, leftOut), ...(warn?.(old, around) ?? []));
  const next = { ...set, ...kept(old, keep) };
  const replaced = (path: string) => `${path} was there already and has been replaced`;
  if (intoOwnSection(operation)) {
    warnings.push(...Object.keys(next).flatMap((name) => (name in around ? [replaced(`${to}.${name}`)] : [])));
    Object.assign(around, next);
  } else {
    if (to in values) warnings.push(replaced(to));
    values[to] = next;
  }
  delete around[key];
  changes.push(`${from} is now ${to}`);
}

/** Whether a section's keys become those of the section it is in. */
export function intoOwnSection({ from, to }: MoveOperation): boolean {
  return stepsOf(from).section === to;
}

function kept(old: Values, keep: Kept): Values {
  const next: Values = {};
  for (const [key, how] of Object.entries(keep)) {
    if (!(key in old)) continue;
    const value = old[key];
    if (how === 'as-it-is') next[key] = value;
    else if ('section' in how) next[key] = kept(isMapping(value) ? value : {}, how.section);
    else {
      const items = Array.isArray(value) ? value.filter((item) => keepsItem(item, how)) : [];
      next[how.below] = { ...(next[how.below] as Values | undefined), [key]: items };
    }
  }
  return next;
}

/** Whether an entry of a list stays. */
export function keepsItem(item: unknown, { without }: KeptItems): boolean {
  return !(isMapping(item) && (without.of as readonly unknown[]).includes(item[without.key]));
}

function losses(
  old: Values,
  keep: Kept,
  path: string,
  release: string,
  leftOut: MoveOperation['leftOut'] = {},
): string[] {
  const place = `has no place in ${release} and was left out`;
  return [
    ...Object.entries(old).flatMap(([key, value]) => {
      if (key in keep) return [];
      const said = key in leftOut ? leftOut[key]!(value) : place;
      return said === undefined ? [] : [`${path}.${key} ${said}`];
    }),
    ...Object.entries(keep).flatMap(([key, how]) => {
      const value = old[key];
      if (how === 'as-it-is' || value === undefined || value === null) return [];
      if ('section' in how) return isMapping(value) ? losses(value, how.section, `${path}.${key}`, release) : [];
      return Array.isArray(value) ? [] : [`${path}.${key} is not a list and was left out`];
    }),
  ];
}

export function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
