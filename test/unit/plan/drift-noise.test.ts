import { describe, expect, it } from 'vitest';
import type { PropertyChange, ResourceChange, StackPlan } from '../../../automation/engine/changes/schema.ts';
import { withoutNoise } from '../../../automation/plan/drift-noise.ts';

const scaled = {
  workloads: new Set(['Deployment istio-ingress/gateway']),
  groups: { 'demo-worker-general': { min: 2, max: 6 }, 'demo-worker-fixed': { min: 3, max: 3 } },
};

function drifted(type: string, id: string, after: Record<string, number | string>, operation = 'update') {
  const diffs = Object.entries(after).map(
    ([path, value]): PropertyChange => ({
      path,
      kind: 'update',
      replaces: false,
      before: { state: 'known', value: 1 },
      after: { state: 'known', value },
    }),
  );
  return { operation, type, id, name: id, properties: Object.keys(after), diffs } as unknown as ResourceChange;
}

function left(change: ResourceChange): string[] | undefined {
  const { changes } = withoutNoise({ changes: [change], unchanged: 0 } as unknown as StackPlan, scaled);
  return changes[0]?.properties;
}

const deployment = 'kubernetes:apps/v1:Deployment';
const group = 'aws:autoscaling/group:Group';

describe('drift leaves out what changes by itself', () => {
  it.each<[string, ResourceChange, string[] | undefined]>([
    [
      'replicas that an autoscaler sets',
      drifted(deployment, 'istio-ingress/gateway', { 'spec.replicas': 4 }),
      undefined,
    ],
    [
      'but not what else was changed there',
      drifted(deployment, 'istio-ingress/gateway', { 'spec.replicas': 4, 'spec.paused': 'true' }),
      ['spec.paused'],
    ],
    ['not replicas of others', drifted(deployment, 'logging/kibana', { 'spec.replicas': 4 }), ['spec.replicas']],
    ['sizes of a group within its bounds', drifted(group, 'demo-worker-general', { desiredCapacity: 5 }), undefined],
    ['not those out of bounds', drifted(group, 'demo-worker-general', { desiredCapacity: 9 }), ['desiredCapacity']],
    [
      'not where the bounds were changed',
      drifted(group, 'demo-worker-general', { desiredCapacity: 5, maxSize: 9 }),
      ['desiredCapacity', 'maxSize'],
    ],
    [
      'not of a group of a fixed size',
      drifted(group, 'demo-worker-fixed', { desiredCapacity: 4 }),
      ['desiredCapacity'],
    ],
    ['Jobs that are gone', drifted('kubernetes:batch/v1:Job', 'argocd/setup', {}, 'delete'), undefined],
    ['not Deployments that are gone', drifted(deployment, 'argocd/server', {}, 'delete'), []],
  ])('%s', (_, change, expected) => expect(left(change)).toEqual(expected));

  it('counts as unchanged what is left out', () => {
    const plan = { changes: [drifted('kubernetes:batch/v1:Job', 'a/b', {}, 'delete')], unchanged: 3 };
    expect(withoutNoise(plan as unknown as StackPlan, scaled).unchanged).toBe(4);
  });
});
