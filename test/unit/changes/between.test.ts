import { describe, expect, it } from 'vitest';
import { between } from '../../../automation/engine/changes/between.ts';
import type { PropertyChange, ResourceChange, StackPlan } from '../../../automation/engine/changes/schema.ts';
import { change, workers } from '../plan/plans.ts';

const known = (value: number | string) => ({ state: 'known' as const, value });
const diff = (path: string, before: number | string, after: number | string): PropertyChange => ({
  path,
  kind: 'update',
  replaces: false,
  before: known(before),
  after: known(after),
});
const update = (name: string, ...diffs: PropertyChange[]): ResourceChange =>
  change({ operation: 'update', name, urn: `urn:${name}`, properties: diffs.map(({ path }) => path), diffs });
const bare = (operation: ResourceChange['operation'], name: string, more: Partial<ResourceChange> = {}) =>
  change({ operation, name, urn: `urn:${name}`, properties: [], diffs: [], ...more });
const changesBetween = (first: ResourceChange[], second: ResourceChange[]) =>
  between(workers(first), workers(second)).changes;

describe('what a step of an upgrade does by itself', () => {
  it('is what its preview has and the one before it hasn’t', () => {
    const [launchTemplate, group] = [update('template', diff('image', 'a', 'b')), update('group', diff('max', 2, 4))];
    expect(changesBetween([launchTemplate], [launchTemplate, group])).toEqual([group]);
    expect(changesBetween([launchTemplate], [launchTemplate])).toEqual([]);
  });

  it('leaves out of a resource’s change what the step before it does to the resource', () => {
    const first = update('group', diff('version', 1, 2));
    const second = update('group', diff('version', 1, 2), diff('max', 2, 4));
    expect(changesBetween([first], [second])).toMatchObject([{ properties: ['max'], diffs: [diff('max', 2, 4)] }]);
  });

  it('goes on from where the step before it leads', () => {
    const [first, second] = [update('group', diff('max', 2, 4)), update('group', diff('max', 2, 6))];
    expect(changesBetween([first], [second])).toMatchObject([{ diffs: [diff('max', 4, 6)] }]);
  });

  it('takes back what only the step before it has', () => {
    const doubled = update('group', diff('max', 2, 4));
    expect(changesBetween([doubled], [])).toMatchObject([{ operation: 'update', diffs: [diff('max', 4, 2)] }]);
    expect(changesBetween([bare('create', 'queue')], [])).toMatchObject([{ operation: 'delete', name: 'queue' }]);
    expect(changesBetween([bare('delete', 'queue')], [])).toMatchObject([{ operation: 'create', name: 'queue' }]);
  });

  it('updates what the step before it creates, where it is to be another then', () => {
    const first = bare('create', 'crd', { content: 'a' });
    expect(changesBetween([first], [first])).toEqual([]);
    expect(changesBetween([first], [bare('create', 'crd', { content: 'b' })])).toMatchObject([
      { operation: 'update', detail: 'none' },
    ]);
    expect(changesBetween([bare('delete', 'crd')], [update('crd', diff('max', 2, 4))])).toMatchObject([
      { operation: 'create' },
    ]);
  });

  it('doesn’t replace again what was replaced for the same reason', () => {
    const replaced = {
      ...update('volume', diff('zone', 'a', 'b')),
      operation: 'replace' as const,
      replaceKeys: ['zone'],
    };
    const more = { ...replaced, properties: ['zone', 'size'], diffs: [...replaced.diffs, diff('size', 1, 2)] };
    expect(changesBetween([replaced], [replaced])).toEqual([]);
    expect(changesBetween([replaced], [more])).toMatchObject([
      { operation: 'update', replaceKeys: [], properties: ['size'] },
    ]);
  });

  it('counts what is in place by then among what it leaves alone', () => {
    const [template, group] = [update('template', diff('image', 'a', 'b')), update('group', diff('max', 2, 4))];
    const unchanged = (first: ResourceChange[], second: ResourceChange[]) =>
      between(workers(first), workers(second, { unchanged: 5 })).unchanged;
    expect(unchanged([template], [template, group])).toBe(6);
    expect(unchanged([template, group], [template]), 'the group is taken back').toBe(5);
    expect(unchanged([bare('delete', 'queue')], [bare('delete', 'queue')]), 'it is gone').toBe(5);
  });

  it('says of outputs the same', () => {
    const output = (before: string, after: string) => ({ name: 'release', before: known(before), after: known(after) });
    const plans = (first: StackPlan['outputs'], second: StackPlan['outputs']) =>
      between({ ...workers([]), outputs: first }, { ...workers([]), outputs: second }).outputs;
    expect(plans([output('1.21', '1.22')], [output('1.21', '1.22')])).toEqual([]);
    expect(plans([output('1', '2')], [output('1', '3')])).toEqual([output('2', '3')]);
    expect(plans([output('1', '2')], [])).toEqual([output('2', '1')]);
  });
});
