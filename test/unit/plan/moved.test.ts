import { describe, expect, it } from 'vitest';
import type { Difference } from '../../../automation/plan/difference.ts';
import type { Fingerprint } from '../../../automation/plan/document.ts';
import { movedSince } from '../../../automation/plan/moved.ts';
import { change, general, group, pinned, step, workers } from './plans.ts';

const texts = (differences: Difference[]) => differences.map(({ text }) => text);
const then = pinned();

function now(change: Partial<Fingerprint>): Fingerprint {
  return { ...then.fingerprint, ...change };
}

function stacks(resources: Record<string, string>): Fingerprint['stacks'] {
  return { 'demo-network': {}, 'demo-workers': resources };
}

describe('what has moved since a plan was pinned', () => {
  it('is nothing in a world that stayed as it was', () => {
    expect(movedSince(then, now({})).differences).toEqual([]);
  });

  it('names a file that was edited, and how to see the difference', () => {
    const files = { ...then.fingerprint.files, 'demo/environment.yaml': 'e2' };
    expect(texts(movedSince(then, now({ files })).differences)).toEqual([
      "demo/environment.yaml has changed since the plan was made: see git diff 0123456 -- '*demo/environment.yaml'",
    ]);
  });

  it('says that a plan of uncommitted changes can’t be compared by git', () => {
    const plan = pinned({ commit: '0123456+' });
    const files = { ...then.fingerprint.files, 'demo/environment.yaml': 'e2' };
    expect(texts(movedSince(plan, now({ files })).differences)).toEqual([
      'demo/environment.yaml has changed since the plan was made (made of commit 0123456 with uncommitted changes)',
    ]);
  });

  it('names a file that is new, and one that is gone', () => {
    const files = { 'demo/application.yaml': 'a1', 'Pulumi.demo-workers.yaml': 's1' };
    expect(texts(movedSince(pinned({ commit: undefined }), now({ files })).differences)).toEqual([
      'Pulumi.demo-workers.yaml is new since the plan was made',
      'demo/environment.yaml is gone since the plan was made',
    ]);
  });

  it('names kubezero and charts', () => {
    const moved = movedSince(then, now({ program: 'p2', charts: { 'istiod 1.13.3': 'c2' } }));
    expect(texts(moved.differences)).toEqual([
      'kubezero itself is another version than the one that made the plan: its sources or its packages differ',
      'chart istiod 1.13.3 is another one of the same version',
    ]);
    expect(texts(movedSince(then, now({ charts: {} })).differences)).toEqual([
      'chart istiod 1.13.3 is nowhere to be found any more',
    ]);
  });

  it('names what somebody else did to a stack', () => {
    const moved = movedSince(then, now({ stacks: stacks({ [general]: 't1', [`${group}-2`]: 'new' }) }));
    expect(texts(moved.differences)).toEqual([
      'stack demo-workers has moved: Group demo-general is gone, Group demo-general-2 is new',
    ]);
  });

  it('takes what the plan itself changes for done', () => {
    const moved = movedSince(then, now({ stacks: stacks({ [general]: 't2', [group]: 'g1' }) }));
    expect(moved.differences).toEqual([]);
    expect([...(moved.applied.get('demo-workers') ?? [])]).toEqual([general]);
  });

  it('knows a resource again that the plan takes to another URN, or that only got another one', () => {
    const moving = change({ urn: `${general}-v1`, formerUrn: general });
    const plan = pinned({ stacks: [workers([moving])] });
    const then = stacks({ [`${general}-v1`]: 't2', [group]: 'g1' });
    expect(movedSince(plan, now({ stacks: then })).differences).toEqual([]);
    const renamed = stacks({ [general]: 't1', [`${group}-v1`]: 'g1' });
    expect(movedSince(plan, now({ stacks: renamed })).differences).toEqual([]);
    const replaced = stacks({ [general]: 't1', [`${group}-v1`]: 'g2' });
    expect(movedSince(plan, now({ stacks: replaced })).differences).toHaveLength(1);
  });

  it('tells the two apart in one stack', () => {
    const moved = movedSince(then, now({ stacks: stacks({ [general]: 't2', [group]: 'g2' }) }));
    expect(texts(moved.differences)).toEqual([
      'stack demo-workers has moved: Group demo-general changed outside of this plan',
    ]);
  });

  it('counts resources that a step of the upgrade changes as the plan’s own', () => {
    const plan = pinned({
      stacks: [],
      upgrade: { from: '1.21', to: '1.22', surgeFirst: false, steps: [step('workers', [workers([change()])])] },
    });
    expect(movedSince(plan, now({ stacks: stacks({ [general]: 't2', [group]: 'g1' }) })).differences).toEqual([]);
  });

  it('lets an upgrade migrate application.yaml, to what was planned and to nothing else', () => {
    const upgrade = { from: '1.21', to: '1.22', surgeFirst: false, steps: [] } as const;
    const written = { 'demo/application.yaml': ['a2'], 'demo/application.previous.yaml': ['a1'] };
    const plan = pinned({ upgrade: { ...upgrade, steps: [] }, fingerprint: { ...then.fingerprint, written } });
    const files = { ...then.fingerprint.files, 'demo/application.previous.yaml': 'a1' };
    expect(movedSince(plan, now({ files: { ...files, 'demo/application.yaml': 'a2' } })).differences).toEqual([]);
    expect(texts(movedSince(plan, now({ files: { ...files, 'demo/application.yaml': 'a3' } })).differences)).toEqual([
      "demo/application.yaml has changed since the plan was made: see git diff 0123456 -- '*demo/application.yaml'",
    ]);
  });

  it('shortens a long list', () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`${group}-${at + 10}`, 'new']));
    const [text] = texts(
      movedSince(then, now({ stacks: stacks({ ...then.fingerprint.stacks['demo-workers'], ...many }) })).differences,
    );
    expect(text).toMatch(/Group demo-general-10 is new, .* and 4 more$/);
  });
});
