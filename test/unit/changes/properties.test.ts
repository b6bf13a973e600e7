import { describe, expect, it } from 'vitest';
import { parsePath, writePath } from '../../../automation/engine/changes/paths.ts';
import { resourceDiff } from '../../../automation/engine/changes/properties.ts';
import { type Step, step, unknown } from './steps.ts';

const template = 'aws:ec2/launchTemplate:LaunchTemplate';

function diff(given: Step, type = template) {
  return resourceDiff(step('update', type, 'general', given));
}

function known(value: unknown) {
  return { state: 'known', value };
}

const update = { diffKind: 'update', inputDiff: true };

describe('properties of a change', () => {
  it('come from the inputs on both sides, along the paths that the provider gives', () => {
    const { changes, detail } = diff({
      old: { inputs: { instanceType: 'm5.large', name: 'x' } },
      new: { inputs: { instanceType: 'm5.xlarge', name: 'x' } },
      detailedDiff: { instanceType: update } as never,
    });
    expect(detail).toBe('full');
    expect(changes).toEqual([
      {
        path: 'instanceType',
        kind: 'update',
        replaces: false,
        before: known('m5.large'),
        after: known('m5.xlarge'),
      },
    ]);
  });

  it('are looked up in the outputs where the provider compares the inputs with those', () => {
    const { changes } = diff({
      old: { inputs: {}, outputs: { ingress: [{ fromPort: 22 }] } },
      new: { inputs: { ingress: [{ fromPort: 443 }] } },
      detailedDiff: { 'ingress[0].fromPort': { diffKind: 'update', inputDiff: false } } as never,
    });
    expect(changes).toMatchObject([{ path: 'ingress[0].fromPort', before: known(22), after: known(443) }]);
  });

  it('go down to the part that differs, also in lists', () => {
    const pods = (image: string) => ({ spec: { template: { spec: { containers: [{ name: 'kibana', image }] } } } });
    const { changes, paths } = diff(
      {
        old: { inputs: pods('kibana:7.16') },
        new: { inputs: pods('kibana:7.17') },
        detailedDiff: { spec: update } as never,
      },
      'kubernetes:apps/v1:Deployment',
    );
    expect(paths).toEqual(['spec']);
    expect(changes).toMatchObject([
      { path: 'spec.template.spec.containers[0].image', before: known('kibana:7.16'), after: known('kibana:7.17') },
    ]);
  });

  it('keep what was added or deleted in one piece', () => {
    const { changes } = diff({
      old: { inputs: { tags: { a: '1', gone: { x: 1 } } } },
      new: { inputs: { tags: { a: '1', new: ['b', 'c'] } } },
      detailedDiff: {
        'tags.gone': { diffKind: 'delete', inputDiff: true },
        'tags.new': { diffKind: 'add', inputDiff: true },
      } as never,
    });
    expect(changes).toEqual([
      { path: 'tags.gone', kind: 'delete', replaces: false, before: known({ x: 1 }) },
      { path: 'tags.new', kind: 'add', replaces: false, after: known(['b', 'c']) },
    ]);
  });

  it('say which of them force a replacement', () => {
    const { changes, replaceKeys } = diff({
      old: { inputs: { availabilityZone: 'a', size: 10 } },
      new: { inputs: { availabilityZone: 'b', size: 20 } },
      keys: ['availabilityZone'],
      detailedDiff: { availabilityZone: { diffKind: 'update-replace', inputDiff: true }, size: update } as never,
    });
    expect(replaceKeys).toEqual(['availabilityZone']);
    expect(changes.map(({ path, replaces }) => [path, replaces])).toEqual([
      ['availabilityZone', true],
      ['size', false],
    ]);
  });

  it('are unknown where only the update will tell, never made up', () => {
    const { changes } = diff({
      old: { inputs: { subnets: ['subnet-1'], launchTemplate: { id: 'lt-1', version: '1' } } },
      new: { inputs: { subnets: ['subnet-1', unknown], launchTemplate: { id: unknown, version: '1' } } },
      detailedDiff: { subnets: update, launchTemplate: update } as never,
    });
    expect(changes).toEqual([
      {
        path: 'launchTemplate.id',
        kind: 'update',
        replaces: false,
        before: known('lt-1'),
        after: { state: 'unknown' },
      },
      { path: 'subnets[1]', kind: 'add', replaces: false, after: { state: 'unknown' } },
    ]);
  });
});

describe('where the provider gives no paths', () => {
  it('the inputs are compared', () => {
    const { changes, detail, paths } = diff({
      old: { inputs: { a: 1, b: { c: 2 }, __defaults: [] } },
      new: { inputs: { a: 1, b: { c: 3 }, __defaults: ['x'] } },
    });
    expect([detail, paths]).toEqual(['full', ['b.c']]);
    expect(changes).toMatchObject([{ path: 'b.c', before: known(2), after: known(3) }]);
  });

  it('and where they are the same, nobody knows what changes', () => {
    expect(diff({ old: { inputs: { a: 1 } }, new: { inputs: { a: 1 } }, diffs: ['b'] })).toMatchObject({
      detail: 'none',
      changes: [],
      paths: ['b'],
    });
  });
});

describe('secrets', () => {
  const both = { before: { state: 'secret' }, after: { state: 'secret' } };

  it('show no side where either is one: the old value of what becomes a secret is in clear', () => {
    const { changes } = diff({
      old: { inputs: { password: 'in clear' } },
      new: { inputs: { password: '[secret]' } },
      detailedDiff: { password: update } as never,
    });
    expect(changes).toEqual([{ path: 'password', kind: 'update', replaces: false, ...both }]);
  });

  it('cover what is inside of them', () => {
    const { changes } = diff(
      {
        old: { inputs: { data: { user: 'in clear' } } },
        new: { inputs: { data: '[secret]' } },
        detailedDiff: { 'data.user': update } as never,
      },
      'kubernetes:core/v1:Secret',
    );
    expect(changes).toMatchObject([{ path: 'data.user', ...both }]);
  });

  it('count where only the outputs say so', () => {
    const { changes } = diff({
      old: { inputs: { password: 'in clear' }, outputs: { password: '[secret]' } },
      new: { inputs: { password: 'in clear too' } },
      detailedDiff: { password: update } as never,
    });
    expect(changes).toMatchObject([both]);
  });

  it('are known by the mark that exported states have, too', () => {
    const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', plaintext: '"s3cret"' };
    const { changes } = diff({
      old: { inputs: { env: [{ v: 'clear' }, { v: 'x' }] } },
      new: { inputs: { env: [{ v: secret }] } },
    });
    expect(JSON.stringify(changes)).not.toMatch(/s3cret|clear/);
  });

  it('leave the rest of an object to be read', () => {
    const { changes } = resourceDiff(
      step('create', 'aws:rds/instance:Instance', 'db', {
        new: { inputs: { login: { user: 'app', password: '[secret]' } } },
      }),
    );
    expect(changes).toEqual(
      [
        { path: 'login.user', kind: 'add', replaces: false, after: known('app') },
        { path: 'login.password', kind: 'add', replaces: false, after: { state: 'secret' } },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  });
});

describe('paths', () => {
  it.each([
    ['spec.containers[0].image', ['spec', 'containers', 0, 'image']],
    ['data["tls.key"]', ['data', 'tls.key']],
    ['tags["a \\"quoted\\" key"].x', ['tags', 'a "quoted" key', 'x']],
    ['["app.kubernetes.io/name"]', ['app.kubernetes.io/name']],
  ])('%s is read, and written the same', (text, parts) => {
    expect(parsePath(text)).toEqual(parts);
    expect(writePath(parts)).toBe(text);
  });

  it('that are written in no such way are one name', () => {
    expect(parsePath('a[b')).toEqual(['a[b']);
  });
});
