import { describe, expect, it } from 'vitest';
import { allowByName, guardOf, nameGuards, refuseDestructive } from '../../../automation/engine/changes/guards.ts';
import type { ResourceChange, StackPlan } from '../../../automation/engine/changes/schema.ts';

const volume = 'aws:ebs/volume:Volume';
const definition = 'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition';

interface Given extends Partial<ResourceChange> {
  retainOnDelete?: boolean;
}

function changeOf(stack: string, { retainOnDelete = false, ...given }: Given): ResourceChange {
  const { type = volume, name = 'etcd-a' } = given;
  const change: ResourceChange = {
    operation: 'delete',
    type,
    name,
    urn: `urn:pulumi:${stack}::kubezero::${type}::${name}`,
    properties: [],
    replaceKeys: [],
    diffs: [],
    detail: 'full',
    protected: false,
    retained: retainOnDelete && given.operation !== 'replace',
    security: [],
    ...given,
  };
  const guard = guardOf(change, {}, { retainOnDelete });
  return guard ? { ...change, guard } : change;
}

function planOf(stack: string, ...changes: Given[]): StackPlan {
  const rest = { basis: { kind: 'live' as const }, unchanged: 0, outputs: [], diagnostics: [], policies: [] };
  return { stack, layer: 'controllers', changes: changes.map((given) => changeOf(stack, given)), ...rest };
}

describe('a guard', () => {
  it.each<[string, Given, string | undefined]>([
    ['an etcd volume', {}, 'etcd volume'],
    ['a backup bucket', { type: 'aws:s3/bucket:Bucket' }, 'backup bucket'],
    ['a key', { type: 'aws:kms/key:Key' }, 'encryption key'],
    ['a hosted zone', { type: 'aws:route53/zone:Zone' }, 'hosted zone'],
    ['a CRD', { type: definition }, 'custom resource definition'],
    ['whatever is protected', { type: 'aws:ec2/vpc:Vpc', protected: true }, 'protected resource'],
    ['a replacement', { operation: 'replace' }, 'etcd volume'],
    ['a volume that leaves the stack: its controller doesn’t find it then', { retainOnDelete: true }, 'etcd volume'],
    ['not an update', { operation: 'update' }, undefined],
    ['not a CRD that stays in the cluster', { type: definition, retainOnDelete: true }, undefined],
    [
      'not a namespace that stays in the cluster',
      { type: 'kubernetes:core/v1:Namespace', retainOnDelete: true },
      undefined,
    ],
    ['not a machine', { type: 'aws:autoscaling/group:Group' }, undefined],
  ])('is on %s', (_, given, kind) => expect(changeOf('demo', given).guard?.kind).toBe(kind));

  it('tells what is lost from what only leaves the stack', () => {
    expect(changeOf('demo', {}).guard?.loss).toBe('the etcd data of its controller is lost');
    expect(changeOf('demo', { retainOnDelete: true }).guard).toMatchObject({
      kept: true,
      loss: expect.stringMatching(/^the volume stays in the account/),
    });
  });
});

describe('a plan that loses data', () => {
  const replaced: Given = { operation: 'replace', id: 'vol-1', replaceKeys: ['availabilityZone'] };

  it('is refused, with what forces it, what is lost, and how it is done all the same', () => {
    expect(() => refuseDestructive(planOf('demo-controllers', replaced), 'kubezero up demo')).toThrow(
      expect.objectContaining({
        exitCode: 7,
        message:
          'stack demo-controllers would replace etcd-a (etcd volume vol-1) because of availabilityZone: the etcd data of its controller is lost',
        fix: expect.stringMatching(/kubezero up demo --allow etcd-a$/),
      }),
    );
  });

  it('goes through once each of them is allowed by name', () => {
    const plan = planOf('demo-controllers', replaced, { name: 'etcd-b' });
    allowByName([plan], ['etcd-a'], 'kubezero up demo');
    expect(() => refuseDestructive(plan, 'kubezero up demo')).toThrow(/would delete etcd-b/);
    allowByName([plan], ['demo-controllers/etcd-b'], 'kubezero up demo');
    expect(() => refuseDestructive(plan, 'kubezero up demo')).not.toThrow();
  });
});

describe('--allow', () => {
  it('is refused where it names nothing, with the names there are', () => {
    expect(() => allowByName([planOf('demo-controllers', {})], ['etcd-x'], 'kubezero up demo')).toThrow(
      expect.objectContaining({ exitCode: 3, fix: 'guarded in kubezero up demo: etcd-a' }),
    );
    expect(() => allowByName([planOf('demo-controllers')], ['etcd-x'], 'kubezero up demo')).toThrow(
      expect.objectContaining({ fix: expect.stringMatching(/leave --allow out/) }),
    );
  });

  it('names the stack where two of them have something of that name', () => {
    const plans = [
      planOf('demo-network', { type: 'aws:kms/key:Key', name: 'data' }),
      planOf('demo-workers', { name: 'data' }),
    ];
    expect(() => allowByName(plans, ['data'], 'kubezero up demo')).toThrow(
      expect.objectContaining({ fix: 'say which: demo-network/data, demo-workers/data' }),
    );
    allowByName(plans, ['demo-workers/data'], 'kubezero up demo');
    expect(plans.map(({ changes }) => changes[0]?.guard?.allowed)).toEqual([false, true]);
  });

  it('takes URNs where types share a name within a stack', () => {
    const plan = planOf('demo', { name: 'data' }, { type: 'aws:kms/key:Key', name: 'data' });
    nameGuards([plan]);
    expect(plan.changes.map(({ guard }) => guard?.name)).toEqual(plan.changes.map(({ urn }) => urn));
  });

  it('counts for every step of an upgrade that changes the resource', () => {
    const steps = [planOf('demo-controllers', {}), planOf('demo-controllers', {})];
    allowByName(steps, ['etcd-a'], 'kubezero upgrade demo');
    expect(steps.every(({ changes }) => changes[0]?.guard?.allowed)).toBe(true);
  });
});
