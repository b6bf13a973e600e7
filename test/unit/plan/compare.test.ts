import { describe, expect, it } from 'vitest';
import { beyond, differencesOf, manifestDifferences, strayFrom } from '../../../automation/plan/compare.ts';
import { type Difference, describeDifferences } from '../../../automation/plan/difference.ts';
import { becomes, change, general, group, workers } from './plans.ts';

const texts = (differences: Difference[]) => differences.map(({ text }) => text);

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

  it('may know more once a part of the plan is done, and not before', () => {
    const version = (...diffs: ReturnType<typeof becomes>[]) => workers([change({ diffs, properties: ['version'] })]);
    const unknown = version({ ...becomes('version', '1', ''), after: { state: 'unknown' } });
    const known = version(becomes('version', '1', '2'));
    const parts = version(becomes('version.major', '1', '2'));
    expect(differencesOf(unknown, known, new Set(['other']))).toEqual([]);
    expect(differencesOf(unknown, parts, new Set(['other']))).toEqual([]);
    expect(texts(differencesOf(unknown, known, new Set()))).toEqual([
      'stack demo-workers: LaunchTemplate general: version would become 2, planned was not known yet',
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

  it('may take back what an earlier step does, and nothing of it further', () => {
    const surge = workers([change({ diffs: [becomes('desiredCapacity', '3', '6')], properties: ['desiredCapacity'] })]);
    const to = (capacity: string) =>
      workers([change({ diffs: [becomes('desiredCapacity', '6', capacity)], properties: ['desiredCapacity'] })]);
    expect(beyond(workers([]), to('3'), [surge])).toEqual([]);
    expect(texts(beyond(workers([]), to('2'), [surge]))).toEqual([
      'stack demo-workers: LaunchTemplate general: desiredCapacity would become 2, which is not in the plan',
    ]);
    const gone = workers([change({ operation: 'delete', diffs: [], properties: [] })]);
    expect(texts(beyond(workers([]), gone, [surge]))).toEqual([
      'stack demo-workers: would also delete LaunchTemplate general',
    ]);
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

describe('manifests for ArgoCD', () => {
  const manifest = (path: string, diff: string) =>
    ({ operation: 'update', module: 'logging', object: 'Service/logging/es', path, diff }) as const;

  it('may have been committed by an earlier run, and may not be others than planned', () => {
    const planned = [manifest('manifests/logging/a.yaml', '+a'), manifest('manifests/logging/b.yaml', '+b')];
    expect(manifestDifferences(planned, [planned[1]!])).toEqual([]);
    const others = [manifest('manifests/logging/a.yaml', '+c'), manifest('manifests/logging/c.yaml', '+d')];
    expect(texts(manifestDifferences(planned, others))).toEqual([
      'manifest manifests/logging/a.yaml: would update Service/logging/es of logging otherwise than planned',
      'manifest manifests/logging/c.yaml: would also update Service/logging/es of logging',
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
