import { describe, expect, it } from 'vitest';
import {
  beyond,
  type Difference,
  describeDifferences,
  differencesOf,
  movedSince,
  strayFrom,
} from '../../../automation/plan/compare.ts';
import type { Fingerprint } from '../../../automation/plan/document.ts';
import { becomes, change, general, group, pinned, step, workers } from './plans.ts';

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
      'demo/environment.yaml has changed since the plan was made (from commit 0123456 with uncommitted changes)',
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

describe('a fresh preview against a pinned one', () => {
  const planned = workers([change()]);
  const fresh = (...changes: Parameters<typeof change>[0][]) => workers(changes.map((given) => change(given)));
  const differences = (preview: ReturnType<typeof workers>, applied: string[] = []) =>
    texts(differencesOf(planned, preview, new Set(applied)));

  it('has no difference where it is the same', () => {
    expect(differences(fresh({}))).toEqual([]);
  });

  it('names what it would do besides', () => {
    const other = { type: 'aws:autoscaling/group:Group', name: 'demo-general', urn: group, properties: ['maxSize'] };
    expect(differences(fresh({}, other))).toEqual([
      'stack demo-workers: would also update Group demo-general (maxSize)',
    ]);
  });

  it('names what it would no longer do, unless that is done already', () => {
    expect(differences(fresh())).toEqual(['stack demo-workers: no longer updates LaunchTemplate general']);
    expect(differences(fresh(), [general])).toEqual([]);
  });

  it('names an update that has become a replacement, with what forces it', () => {
    expect(differences(fresh({ operation: 'replace', replaceKeys: ['namePrefix'] }))).toEqual([
      'stack demo-workers: would replace LaunchTemplate general because of namePrefix, planned was to update it',
    ]);
  });

  it('names values that would be others', () => {
    expect(differences(fresh({ diffs: [becomes('instanceType', 'm5.large', 'm5.2xlarge')] }))).toEqual([
      'stack demo-workers: LaunchTemplate general: instanceType would become m5.2xlarge, planned was m5.xlarge',
    ]);
    expect(differences(fresh({ diffs: [becomes('instanceType', 'm4.large', 'm5.xlarge')] }))).toEqual([
      'stack demo-workers: LaunchTemplate general: instanceType is m4.large now, not m5.large',
    ]);
  });

  it('names properties that are more, and that are fewer', () => {
    expect(differences(fresh({ diffs: [becomes('imageId', 'ami-1', 'ami-2')], properties: ['imageId'] }))).toEqual([
      'stack demo-workers: LaunchTemplate general: imageId would become ami-2, which is not in the plan',
      'stack demo-workers: LaunchTemplate general: instanceType would no longer change',
    ]);
  });

  it('compares texts by their changed lines', () => {
    const text = (...lines: string[]) => ({
      diffs: [
        {
          path: 'userData',
          kind: 'update' as const,
          replaces: false,
          text: { format: 'yaml' as const, decoded: [], lines, cosmetic: false },
        },
      ],
    });
    const before = workers([change(text('-a', '+b'))]);
    expect(differencesOf(before, fresh(text('-a', '+b')), new Set())).toEqual([]);
    expect(texts(differencesOf(before, fresh(text('-a', '+c')), new Set()))).toEqual([
      'stack demo-workers: LaunchTemplate general: other lines of userData would change than planned',
    ]);
  });

  it('never shows a secret, and takes two secrets for the same', () => {
    const secret = {
      path: 'password',
      kind: 'update',
      replaces: false,
      before: { state: 'secret' },
      after: { state: 'secret' },
    } as const;
    const before = workers([change({ diffs: [secret] })]);
    expect(differencesOf(before, fresh({ diffs: [secret] }), new Set())).toEqual([]);
    expect(texts(differencesOf(before, fresh({ diffs: [becomes('password', 'a', 'b')] }), new Set()))).toEqual([
      'stack demo-workers: LaunchTemplate general: password would become something else than planned',
    ]);
  });

  it('tells a creation of the same name with other properties', () => {
    const creation = (content: string): Parameters<typeof change>[0] => ({
      operation: 'create',
      diffs: [],
      properties: [],
      content,
    });
    const before = workers([change(creation('x'))]);
    expect(differencesOf(before, fresh(creation('x')), new Set())).toEqual([]);
    expect(texts(differencesOf(before, fresh(creation('y')), new Set()))).toEqual([
      'stack demo-workers: would create LaunchTemplate general with other properties than planned',
    ]);
  });

  it('says that a preview fails now', () => {
    expect(differences(workers([], { failure: 'no such image' }))).toEqual([
      'stack demo-workers: its preview fails now: no such image',
    ]);
  });
});

describe('a fresh preview of a step of an upgrade', () => {
  const planned = workers([
    change(),
    change({ type: 'aws:autoscaling/group:Group', name: 'demo-general', urn: group }),
  ]);

  it('may have less than was pinned of the step: those before it have done the rest', () => {
    expect(beyond(planned, workers([change()]))).toEqual([]);
    expect(beyond(planned, workers([]))).toEqual([]);
  });

  it('may come from another value, since steps before it changed that', () => {
    expect(beyond(planned, workers([change({ diffs: [becomes('instanceType', 'm4.large', 'm5.xlarge')] })]))).toEqual(
      [],
    );
  });

  it('may know by now what was unknown', () => {
    const version = (after: object) =>
      ({ diffs: [{ ...becomes('launchTemplate.version', '1', '2'), after }] }) as never;
    const unknown = workers([change(version({ state: 'unknown' }))]);
    expect(beyond(unknown, workers([change(version({ state: 'known', value: '2' }))]))).toEqual([]);
  });

  it('may have nothing else', () => {
    expect(texts(beyond(planned, workers([change({ name: 'gpu', urn: `${general}-gpu` })])))).toEqual([
      'stack demo-workers: would also update LaunchTemplate gpu (instanceType)',
    ]);
    expect(
      texts(beyond(planned, workers([change({ diffs: [becomes('instanceType', 'm5.large', 'm5.metal')] })]))),
    ).toEqual([
      'stack demo-workers: LaunchTemplate general: instanceType would become m5.metal, planned was m5.xlarge',
    ]);
  });
});

describe('an update that is under way', () => {
  it('is in the plan as long as it does what its preview said', () => {
    expect(strayFrom(workers([change()]), change())).toBeUndefined();
  });

  it('leaves it with a resource that the preview left alone, or with another operation', () => {
    expect(strayFrom(workers([]), change({ operation: 'delete' }))).toBe(
      'delete LaunchTemplate general, which is not in the plan',
    );
    expect(strayFrom(workers([change()]), change({ operation: 'replace', replaceKeys: ['namePrefix'] }))).toBe(
      'replace LaunchTemplate general because of namePrefix, planned was to update it',
    );
  });
});

it('of many differences the first are named, and how many more there are', () => {
  const many = Array.from({ length: 25 }, (_, at) => ({ about: 'stack demo-workers', text: `difference ${at}` }));
  expect(describeDifferences(many)).toHaveLength(21);
  expect(describeDifferences(many).at(-1)).toBe('and 5 more differences');
});
