import { describe, expect, it } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { EnvironmentPlan, PlannedStep } from '../../../automation/plan/document.ts';
import { verdictOf } from '../../../automation/plan/verdict.ts';
import { change, workers } from './plans.ts';

function verdict(stacks: StackPlan[], more: Partial<EnvironmentPlan> = {}) {
  const { outcome, exit, text } = verdictOf({ command: 'preview', environment: 'demo', stacks, ...more });
  return [outcome, exit, text];
}

const etcd = change({
  operation: 'replace',
  type: 'aws:ebs/volume:Volume',
  name: 'etcd-a',
  replaceKeys: ['availabilityZone'],
  guard: { kind: 'etcd volume', allowed: false },
});

function step(given: Partial<PlannedStep>): PlannedStep {
  const nothing = { notes: [], blockers: [], stacks: [], gates: [], disruption: { what: '', restarts: [] } };
  return {
    id: 'crds',
    title: 'CRDs',
    passage: '',
    state: 'would-run',
    undo: { possible: 'no', how: '' },
    ...nothing,
    ...given,
  };
}

const upgrade = (...steps: PlannedStep[]) => ({ from: '1.21' as const, to: '1.22' as const, surgeFirst: false, steps });

describe('the verdict', () => {
  it('of what is only kept elsewhere in the state says that', () => {
    const [outcome, , text] = verdict([workers([change({ operation: 'move', name: 'CustomResourceDefinition/a' })])]);
    expect([outcome, text]).toEqual(['changes', '1 resource of demo-workers would be moved within the state']);
  });

  it('of a plan without changes', () => {
    expect(verdict([workers([], { unchanged: 10 })])).toEqual([
      'no-changes',
      0,
      'nothing to change: 10 resources in 1 stack are as the files of demo say',
    ]);
  });

  it('names what weighs most first, and whether data is touched', () => {
    const changes = [
      change(),
      change({ operation: 'replace', name: 'a' }),
      change({ operation: 'replace', name: 'b' }),
    ];
    expect(verdict([workers(changes), workers([], { stack: 'demo-network' })])).toEqual([
      'changes',
      2,
      '2 resources of demo-workers would be replaced and 1 updated; nothing that holds data is touched',
    ]);
    expect(verdict([workers([change()])])).toEqual(['changes', 2, '1 resource of demo-workers would be updated']);
  });

  it('is guarded where data would be lost, with what causes it', () => {
    expect(verdict([workers([change(), etcd])])).toEqual([
      'guarded',
      7,
      'demo-workers would replace the etcd volume etcd-a because of availabilityZone',
    ]);
  });

  it('is guarded, not failed, where the engine refuses just that', () => {
    const refused = workers([etcd], { failure: 'etcd-a is protected: the engine refuses to replace it' });
    expect(verdict([refused])[0]).toBe('guarded');
    const more = workers([etcd], { failure: 'etcd-a is protected: the engine refuses to replace it\nno credentials' });
    expect(verdict([more])[0]).toBe('failed');
  });

  it('says what is allowed to go', () => {
    const allowed = { ...etcd, guard: { kind: 'etcd volume' as const, allowed: true } };
    expect(verdict([workers([allowed])])).toEqual([
      'changes',
      2,
      '1 resource of demo-workers would be replaced; allowed to go: the etcd volume etcd-a',
    ]);
  });

  it('is guarded where a mandatory policy is violated; an advisory one only informs', () => {
    const violation = { pack: 'house', policy: 'private', message: 'buckets are private\nsee x' };
    const plan = (level: 'mandatory' | 'advisory') => workers([change()], { policies: [{ ...violation, level }] });
    expect(verdict([plan('mandatory')])).toEqual([
      'guarded',
      7,
      'demo-workers violates the policy private: buckets are private',
    ]);
    expect(verdict([plan('advisory')])[0]).toBe('changes');
  });

  it('is failed before anything else', () => {
    const failed = workers([etcd], { stack: 'demo-modules', failure: 'connection refused\nmore' });
    expect(verdict([workers([etcd]), failed])).toEqual([
      'failed',
      4,
      'demo-modules could not be previewed to its end: connection refused',
    ]);
  });

  it('is blocked where the pending upgrade can’t run', () => {
    const blocked = step({ id: 'preconditions', state: 'blocked', blockers: ['Kiam is in use'] });
    expect(verdict([workers([change()])], { upgrade: upgrade(blocked, step({ state: 'blocked' })) })).toEqual([
      'blocked',
      4,
      'the upgrade to 1.22 is blocked at preconditions: Kiam is in use',
    ]);
  });

  it('counts the steps that are left of an upgrade, and guards what they touch', () => {
    expect(verdict([workers([])], { upgrade: upgrade(step({ state: 'done' }), step({})) })).toEqual([
      'changes',
      2,
      'the upgrade from 1.21 to 1.22 has 1 step to go',
    ]);
    expect(verdict([workers([])], { upgrade: upgrade(step({ stacks: [workers([etcd])] })) })[0]).toBe('guarded');
    expect(verdict([workers([])], { upgrade: upgrade(step({ state: 'done' })) })[0]).toBe('no-changes');
  });

  it('doesn’t call an environment settled that isn’t deployed', () => {
    const basis = { kind: 'upstream-not-deployed' as const, missing: ['demo-network'] };
    expect(verdict([workers([], { basis })])).toEqual([
      'changes',
      2,
      "demo-workers can't be known until demo-network is deployed",
    ]);
  });

  it('of drift', () => {
    const gone = change({ operation: 'delete', name: 'gone' });
    expect(verdict([workers([change(), gone])], { command: 'drift' })).toEqual([
      'drift',
      2,
      "2 resources of demo-workers were changed behind the stack's back, 1 of them deleted",
    ]);
    expect(verdict([workers([], { unchanged: 3 })], { command: 'drift' })[0]).toBe('no-changes');
  });
});
