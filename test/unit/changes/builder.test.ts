import { describe, expect, it } from 'vitest';
import { describeChanges } from '../../../automation/engine/changes/counts.ts';
import { stackPlan } from '../../../automation/engine/changes/schema.ts';
import { builderOf, ends, planOf, says, starts, unknown } from './steps.ts';

const template = 'aws:ec2/launchTemplate:LaunchTemplate';
const volume = 'aws:ebs/volume:Volume';
const root = ['pulumi:pulumi:Stack', 'kubezero-demo-workers'] as const;

describe('a plan', () => {
  it('counts changes and leaves out what stays as it is', () => {
    const plan = planOf(
      starts('same', volume, 'etcd-a', { old: {}, new: {} }),
      starts('update', template, 'general', {
        old: { id: 'lt-1', inputs: { userData: 'a', imageId: 'b' } },
        new: { inputs: { userData: 'c', imageId: 'd' } },
        detailedDiff: {
          userData: { diffKind: 'update', inputDiff: true },
          imageId: { diffKind: 'update', inputDiff: true },
        } as never,
      }),
      starts('create', 'aws:autoscaling/group:Group', 'general', { new: { inputs: { maxSize: 3 } } }),
    );
    expect(describeChanges(plan)).toBe('1 to update, 1 to create');
    expect(plan.unchanged).toBe(1);
    expect(plan.changes[0]).toMatchObject({
      operation: 'update',
      name: 'general',
      id: 'lt-1',
      parent: 'demo',
      properties: ['imageId', 'userData'],
    });
    expect(() => stackPlan.parse(plan)).not.toThrow();
  });

  it('shows a replacement once, with what forces it', () => {
    const sides = {
      old: { id: 'subnet-1', inputs: { availabilityZone: 'a', tags: { Name: 'x' } } },
      new: { inputs: { availabilityZone: 'b', tags: { Name: 'x' } } },
      keys: ['availabilityZone'],
      diffs: ['availabilityZone'],
      detailedDiff: { availabilityZone: { diffKind: 'update-replace', inputDiff: true } } as never,
    };
    const steps = [
      starts('create-replacement', 'aws:ec2/subnet:Subnet', 'a', sides),
      starts('replace', 'aws:ec2/subnet:Subnet', 'a', sides),
      starts('delete-replaced', 'aws:ec2/subnet:Subnet', 'a', { old: sides.old }),
    ];
    // Where nothing may be there twice, the deletion comes first, and says nothing of what changes.
    for (const events of [steps, [...steps].reverse()]) {
      const plan = planOf(...events);
      expect(describeChanges(plan)).toBe('1 to replace');
      expect(plan.changes[0]).toMatchObject({
        replaceKeys: ['availabilityZone'],
        diffs: [{ path: 'availabilityZone', kind: 'update', replaces: true }],
        detail: 'full',
      });
    }
  });

  it('leaves out the stack and its providers', () => {
    expect(describeChanges(planOf(starts('create', 'pulumi:providers:aws', 'default', { new: {} })))).toBe(
      'no changes',
    );
  });

  it('says of a deletion that leaves the object as it is that it does', () => {
    const kept = { id: 'pvc', retainOnDelete: true };
    const plan = planOf(
      starts('delete', 'kubernetes:core/v1:PersistentVolumeClaim', 'data', { old: kept }),
      starts('delete', template, 'general', { old: {} }),
    );
    expect(plan.changes.map(({ retained }) => retained)).toEqual([true, false]);
  });

  it('tells who listens about each change once', () => {
    const told: string[] = [];
    const replaced = { old: {}, new: {} };
    builderOf(
      [
        starts('delete-replaced', template, 'general', { old: {} }),
        starts('replace', template, 'general', replaced),
        starts('create-replacement', template, 'general', replaced),
      ],
      { onChange: ({ operation, name }) => told.push(`${operation} ${name}`) },
    );
    expect(told).toEqual(['replace general']);
  });

  it('names the outputs that change, to the part that does', () => {
    const group = (launchTemplateVersion: unknown) => ({
      general: { launchTemplateId: 'lt-1', launchTemplateVersion },
    });
    const { outputs } = planOf(
      starts('same', ...root, { old: { outputs: { groups: group(1), surge: false } }, new: {} }),
      ends('same', ...root, {
        old: { outputs: { groups: group(1), surge: false } },
        new: { outputs: { groups: group(unknown), surge: false } },
      }),
    );
    expect(outputs).toEqual([
      {
        name: 'groups.general.launchTemplateVersion',
        before: { state: 'known', value: 1 },
        after: { state: 'unknown' },
      },
    ]);
  });

  it('keeps errors and warnings, without the engine’s colour marks', () => {
    const plan = planOf(
      says('error', '<{%fg 1%}>no such zone<{%reset%}>\n'),
      says('info', 'reading'),
      says('debug', 'x'),
    );
    expect(plan.diagnostics).toEqual([{ severity: 'error', message: 'no such zone' }]);
  });

  it('has what violates a policy', () => {
    const plan = planOf({
      policyEvent: {
        policyPackName: 'house',
        policyName: 'no-public-buckets',
        enforcementLevel: 'mandatory',
        message: 'buckets are private\n',
        resourceUrn: 'urn:x',
      },
    });
    expect(plan.policies).toEqual([
      {
        pack: 'house',
        policy: 'no-public-buckets',
        level: 'mandatory',
        message: 'buckets are private',
        resource: 'urn:x',
      },
    ]);
  });

  it('is not made of events that it could not read', () => {
    const builder = builderOf([{ resourcePreEvent: { metadata: { op: 'update' } } }]);
    expect(() => builder.plan()).toThrow(TypeError);
  });
});

describe('where the engine gives up', () => {
  const urn = 'urn:pulumi:demo-controllers::kubezero::kubezero:infra:Controllers$aws:ebs/volume:Volume::etcd-c';

  it('what it found stays, with the reason, and no advice on how to lift the protection', () => {
    const builder = builderOf([
      starts('delete', volume, 'etcd-c', { old: { protect: true } }),
      says(
        'error',
        `Preview failed: resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, run\n\`pulumi state unprotect '${urn}'\``,
      ),
      says('error', 'preview failed'),
    ]);
    expect(builder.foundAnything).toBe(true);
    builder.failed();
    expect(builder.plan()).toMatchObject({
      changes: [{ operation: 'delete', name: 'etcd-c', protected: true }],
      failure: 'etcd-c is protected: the engine refuses to delete it',
    });
  });

  it('the same goes for replacements', () => {
    const builder = builderOf([
      says('error', `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect ...`),
    ]);
    builder.failed();
    expect(builder.plan().failure).toBe('etcd-c is protected: the engine refuses to replace it');
  });
});

describe('the plan of a refresh', () => {
  it('has what the world has and the stack doesn’t know', () => {
    const group = ['aws:autoscaling/group:Group', 'general'] as const;
    const old = { id: 'demo-general', inputs: { desiredCapacity: 3 }, outputs: { desiredCapacity: 3 } };
    const now = { id: 'demo-general', inputs: { desiredCapacity: 5 }, outputs: { desiredCapacity: 5 } };
    const builder = builderOf(
      [
        starts('refresh', ...group, { old, new: old }),
        starts('refresh', template, 'gone', { old: {}, new: {} }),
        starts('refresh', volume, 'etcd-a', { old: {}, new: {} }),
        ends('update', ...group, {
          old,
          new: now,
          detailedDiff: { desiredCapacity: { diffKind: 'update', inputDiff: true } } as never,
        }),
        ends('delete', template, 'gone', { old: {} }),
        ends('same', volume, 'etcd-a', { old: {}, new: {} }),
      ],
      { refresh: true },
    );
    const plan = builder.plan();
    expect(plan.unchanged).toBe(1);
    expect(plan.changes).toMatchObject([
      {
        operation: 'update',
        name: 'general',
        diffs: [{ path: 'desiredCapacity', before: { state: 'known', value: 3 }, after: { state: 'known', value: 5 } }],
      },
      { operation: 'delete', name: 'gone', retained: false },
    ]);
  });
});
