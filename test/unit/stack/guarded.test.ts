import { describe, expect, it, vi } from 'vitest';
import { guardOf } from '../../../automation/engine/changes/guards.ts';
import type { ResourceChange, StackPlan } from '../../../automation/engine/changes/schema.ts';
import { checkAllowed, countGuardedObjects, guardUpdate } from '../../../automation/engine/guarded.ts';
import type { Cluster } from '../../../automation/live/kubernetes/client.ts';

const definition = 'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition';

function planOf(...given: Partial<ResourceChange>[]): StackPlan {
  const changes = given.map((one) => {
    const change = { operation: 'delete', replaceKeys: [], security: [], retained: false, protected: false, ...one };
    const urn = `urn:pulumi:demo-controllers::kubezero::${one.type}::${one.name}`;
    const whole = { ...change, urn } as unknown as ResourceChange;
    const guard = guardOf(whole, {}, { retainOnDelete: one.protected });
    return guard ? { ...whole, guard } : whole;
  });
  return { stack: 'demo-controllers', changes, policies: [] } as unknown as StackPlan;
}

/** A cluster with one definition and so many objects of it. */
function clusterWith(objects: number): Cluster {
  const spec = { group: 'a.io', names: { plural: 'things' }, versions: [{ name: 'v1', served: true }] };
  const items = objects > 0 ? [{}] : [];
  return {
    crds: { readCustomResourceDefinition: async () => ({ spec }) },
    custom: {
      listClusterCustomObject: async () => ({
        items,
        metadata: objects > 1 ? { remainingItemCount: objects - 1 } : {},
      }),
    },
  } as unknown as Cluster;
}

const crd = { type: definition, name: 'CustomResourceDefinition/things.a.io', id: 'things.a.io' };

describe('a custom resource definition that would be deleted', () => {
  it('is guarded with the number of objects that go with it', async () => {
    const plan = planOf(crd);
    await countGuardedObjects([plan], () => clusterWith(12));
    expect(plan.changes[0]?.guard).toMatchObject({ objects: 12, loss: '12 objects are deleted with it' });
  });

  it('isn’t guarded where there is no object of it', async () => {
    const plan = planOf(crd);
    await countGuardedObjects([plan], () => clusterWith(0));
    expect(plan.changes[0]).not.toHaveProperty('guard');
  });

  it('stays guarded where the cluster can’t be asked', async () => {
    const plan = planOf(crd);
    await countGuardedObjects([plan], () => {
      throw new Error('no such context');
    });
    expect(plan.changes[0]?.guard?.loss).toMatch(/how many there are is unknown$/);
    expect(plan.changes[0]?.guard).not.toHaveProperty('objects');
  });
});

describe('before an update', () => {
  const etcd = { type: 'aws:ebs/volume:Volume', name: 'etcd-a', protected: true };
  const guarding = (allow: string[]) => ({
    stacks: { unprotect: vi.fn(async () => {}) },
    allow,
    cluster: () => clusterWith(0),
    command: 'kubezero up demo',
    act: vi.fn(),
  });

  it('what is protected and allowed is unprotected, and nothing else', async () => {
    const plan = planOf(etcd, { type: 'aws:ec2/vpc:Vpc', name: 'vpc' });
    const given = guarding(['etcd-a']);
    await guardUpdate('controllers', plan, given);
    expect(given.stacks.unprotect).toHaveBeenCalledExactlyOnceWith('controllers', plan.changes[0]?.urn);
    expect(given.act).toHaveBeenCalledExactlyOnceWith(
      'unprotect',
      expect.stringMatching(/^etcd-a \(etcd volume\): the volume stays in the account/),
    );
  });

  it('nothing is unprotected where something isn’t allowed', async () => {
    const given = guarding(['etcd-a']);
    await expect(guardUpdate('controllers', planOf(etcd, { ...etcd, name: 'etcd-b' }), given)).rejects.toThrow(
      /would delete etcd-b/,
    );
    expect(given.stacks.unprotect).not.toHaveBeenCalled();
  });

  it('an --allow that names nothing is refused', async () => {
    await expect(checkAllowed([planOf()], guarding(['etcd-a']))).rejects.toThrow(/--allow etcd-a/);
  });
});
