import { describe, expect, it } from 'vitest';
import { failedEvents } from '../../../automation/report/failed.ts';
import { eventSchemas } from '../../../automation/report/schema.ts';
import { eventExamples } from '../../../documentation/event-examples.ts';
import { schemaErrors } from '../../json-schemas.ts';
import { becomes, change, pinned, workers } from '../plan/plans.ts';
import { rehearsalRun, upgradeRun } from './run.ts';

describe('the published schema of events', () => {
  it.each(Object.entries(eventExamples))('fits the example of %s', (type, example) => {
    expect(example.type).toBe(type);
    expect(schemaErrors('events-v1', example)).toEqual([]);
  });

  it('has an example of each type', () => {
    expect(Object.keys(eventExamples).sort()).toEqual(eventSchemas.map(({ shape }) => shape.type.value).sort());
  });

  it('fits an upgrade, a rehearsal with runs within it, and a failure', () => {
    const failure = failedEvents([{ message: 'one' }, { message: 'two', where: 'b', fix: 'c' }], 4);
    for (const event of [...upgradeRun, ...rehearsalRun, ...failure])
      expect(schemaErrors('events-v1', JSON.parse(JSON.stringify(event))), JSON.stringify(event)).toEqual([]);
  });

  it('allows fields that are added with time', () => {
    expect(schemaErrors('events-v1', { ...eventExamples.action, node: 'ip-10-0-1-10' })).toEqual([]);
  });

  it.each([
    ['without a time', { ...eventExamples.action, at: undefined }],
    ['with a time that is none', { ...eventExamples.action, at: 'yesterday' }],
    ['of another version', { ...eventExamples['run-started'], version: 2 }],
    ['of a type there is not', { ...eventExamples.action, type: 'reaction' }],
    ['without what its type needs', { ...eventExamples['gate-passed'], gate: undefined }],
  ])('refuses one %s', (_case, event) => {
    expect(schemaErrors('events-v1', JSON.parse(JSON.stringify(event)))).not.toEqual([]);
  });
});

describe('the published schema of plans', () => {
  it('fits a pinned plan, with values of every kind', () => {
    const diffs = [
      becomes('tags.owner', 'a', 'b'),
      { path: 'spec', kind: 'add', replaces: false, after: { state: 'known', value: { list: [1, null, true] } } },
      { path: 'password', kind: 'update', replaces: true, before: { state: 'secret' }, after: { state: 'unknown' } },
    ];
    const plan = pinned({ stacks: [workers([change({ operation: 'replace', diffs: diffs as never })])] });
    expect(schemaErrors('plan-v1', plan)).toEqual([]);
  });

  it('refuses an operation there is not', () => {
    const plan = pinned({ stacks: [workers([change({ operation: 'explode' as never })])] });
    expect(schemaErrors('plan-v1', plan)).not.toEqual([]);
  });
});
