import { isDeepStrictEqual } from 'node:util';
import type { OutputChange, PropertyChange, ResourceChange, StackPlan } from './schema.ts';

/**
 * What leads from one state of a stack to another, where both were previewed against the same deployed one: what is in
 * both has happened by then, and what only the first has is taken back. So the changes from state to state add up to
 * those of the last.
 */
export function between(first: StackPlan, second: StackPlan): StackPlan {
  const before = new Map(first.changes.map((change) => [change.urn, change]));
  const after = new Set(second.changes.map(({ urn }) => urn));
  const onward = second.changes.flatMap((change) => {
    const earlier = before.get(change.urn);
    return earlier ? further(earlier, change) : [change];
  });
  const back = first.changes.filter(({ urn }) => !after.has(urn)).flatMap(takenBack);
  const changing = new Set(onward.map(({ urn }) => urn));
  // What is in place by then is left alone; what is taken back isn't.
  const settled = second.changes.filter(({ urn, operation }) => !changing.has(urn) && operation !== 'delete');
  const unsettled = back.filter(({ operation }) => operation !== 'delete');
  return {
    ...second,
    changes: [...onward, ...back],
    unchanged: second.unchanged + settled.length - unsettled.length,
    outputs: outputsBetween(first.outputs, second.outputs),
  };
}

/** What is left of a change once an earlier one to the same resource has happened. */
function further(earlier: ResourceChange, change: ResourceChange): ResourceChange[] {
  const { operation } = change;
  if (operation === 'delete') return earlier.operation === 'delete' ? [] : [change];
  // It is gone by then, and made anew.
  if (earlier.operation === 'delete') return [{ ...change, operation: 'create', replaceKeys: [] }];
  const properties = new Set(changedBetween(earlier, change));
  if (properties.size === 0) {
    // Of a creation there may be no more to compare than its digest.
    const same = earlier.content === change.content || operation !== 'create';
    return same ? [] : [{ ...asUpdate(change), properties: [], diffs: [], detail: 'none' }];
  }
  const own = { ...change, properties: [...properties], diffs: diffsBetween(earlier, change) };
  const replaceKeys = change.replaceKeys.filter((path) => properties.has(path));
  if (operation === 'create' || (operation === 'replace' && replaceKeys.length === 0)) return [asUpdate(own)];
  return [{ ...own, replaceKeys }];
}

function asUpdate({ content, guard, ...change }: ResourceChange): ResourceChange {
  return { ...change, operation: 'update', replaceKeys: [] };
}

/** Paths that are not the same after both. */
function changedBetween(earlier: ResourceChange, change: ResourceChange): string[] {
  const listed = [...new Set([...earlier.properties, ...change.properties])];
  const diffs = diffsBetween(earlier, change).map(({ path }) => path);
  const detailed = new Set([...earlier.diffs, ...change.diffs].map(({ path }) => path));
  const undetailed = listed.filter(
    (path) => !detailed.has(path) && earlier.properties.includes(path) !== change.properties.includes(path),
  );
  return [...diffs, ...(change.operation === 'create' ? [] : undetailed)];
}

function diffsBetween(earlier: ResourceChange, change: ResourceChange): PropertyChange[] {
  const [then, now] = [earlier, change].map(({ diffs }) => new Map(diffs.map((diff) => [diff.path, diff]))) as [
    Map<string, PropertyChange>,
    Map<string, PropertyChange>,
  ];
  const later = [...now.values()].flatMap((diff) => {
    const known = then.get(diff.path);
    if (!known) return [diff];
    if (known.text || diff.text) return isDeepStrictEqual(known.text, diff.text) ? [] : [diff];
    if (isDeepStrictEqual(known.after, diff.after)) return [];
    return [{ ...diff, ...sides(known.after, diff.after) }];
  });
  const back = [...then.values()].filter(({ path }) => !now.has(path)).map(reversed);
  return [...later, ...back];
}

/** A change that is undone. */
function takenBack(change: ResourceChange): ResourceChange[] {
  const { operation, content, guard, restarts, ...rest } = change;
  if (operation === 'read' || operation === 'import' || operation === 'move') return [];
  if (operation === 'create') return [{ ...rest, operation: 'delete', properties: [], replaceKeys: [], diffs: [] }];
  if (operation === 'delete') return [{ ...rest, operation: 'create', properties: [], replaceKeys: [], diffs: [] }];
  const back = restarts === undefined ? {} : { restarts };
  return [{ ...rest, ...back, operation, diffs: change.diffs.map(reversed) }];
}

function reversed({ before, after, text, ...diff }: PropertyChange): PropertyChange {
  if (text) return { ...diff, text: { ...text, lines: text.lines.map(turned) } };
  return { ...diff, ...sides(after, before) };
}

/** A line of a unified diff, from the other side. */
function turned(line: string): string {
  if (line.startsWith('+')) return `-${line.slice(1)}`;
  if (line.startsWith('-')) return `+${line.slice(1)}`;
  return line;
}

/** Which kind of change leads from one side to the other. */
function sides(
  before: PropertyChange['before'],
  after: PropertyChange['after'],
): Pick<PropertyChange, 'kind' | 'before' | 'after'> {
  return {
    kind: before === undefined ? 'add' : after === undefined ? 'delete' : 'update',
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function outputsBetween(first: OutputChange[], second: OutputChange[]): OutputChange[] {
  const then = new Map(first.map((output) => [output.name, output]));
  const now = new Set(second.map(({ name }) => name));
  return [
    ...second.flatMap((output) => {
      const known = then.get(output.name);
      if (!known) return [output];
      if (isDeepStrictEqual(known.after, output.after)) return [];
      const { before: _, ...rest } = output;
      return [{ ...rest, ...(known.after === undefined ? {} : { before: known.after }) }];
    }),
    ...first
      .filter(({ name }) => !now.has(name))
      .map(({ name, before, after }) => ({
        name,
        ...(after === undefined ? {} : { before: after }),
        ...(before === undefined ? {} : { after: before }),
      })),
  ];
}
