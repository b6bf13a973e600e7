import type { EngineEvent } from '@pulumi/pulumi/automation/events.js';
import { describe, expect, it } from 'vitest';
import { PlanBuilder } from '../../../automation/changes/builder.ts';
import { describeChanges } from '../../../automation/changes/counts.ts';
import { refuseDestructive } from '../../../automation/changes/guards.ts';

function planOf(...events: object[]) {
  const builder = new PlanBuilder('demo-controllers', 'controllers');
  for (const event of events) builder.add({ sequence: 0, timestamp: 0, ...event } as EngineEvent);
  return builder.plan();
}

function resource(op: string, type: string, name: string, extra: object = {}) {
  const urn = `urn:pulumi:demo-controllers::kubezero::${type}::${name}`;
  return {
    resourcePreEvent: { metadata: { op, urn, type, old: undefined, new: undefined, keys: [], provider: '', ...extra } },
  };
}

describe('a plan', () => {
  it('counts changes and leaves out what stays as it is', () => {
    const plan = planOf(
      resource('same', 'aws:ebs/volume:Volume', 'etcd-a'),
      resource('update', 'aws:ec2/launchTemplate:LaunchTemplate', 'controller-a', {
        old: { inputs: { userData: 'a', imageId: 'b' } },
        new: { inputs: { userData: 'c', imageId: 'd' } },
        detailedDiff: {
          userData: { diffKind: 'update', inputDiff: true },
          imageId: { diffKind: 'update', inputDiff: true },
        },
      }),
      resource('create', 'aws:autoscaling/group:Group', 'controller-a'),
    );
    expect(describeChanges(plan)).toBe('1 to update, 1 to create');
    expect(plan.unchanged).toBe(1);
    expect(plan.changes[0]).toMatchObject({
      operation: 'update',
      name: 'controller-a',
      properties: ['imageId', 'userData'],
    });
  });

  it('shows a replacement once, not as its create and delete', () => {
    const plan = planOf(
      resource('create-replacement', 'aws:ec2/subnet:Subnet', 'a', { keys: ['availabilityZone'] }),
      resource('replace', 'aws:ec2/subnet:Subnet', 'a'),
      resource('delete-replaced', 'aws:ec2/subnet:Subnet', 'a'),
    );
    expect(describeChanges(plan)).toBe('1 to replace');
    expect(plan.changes[0]?.replaceKeys).toEqual(['availabilityZone']);
  });

  it('leaves out the stack and its providers', () => {
    expect(describeChanges(planOf(resource('create', 'pulumi:providers:aws', 'default')))).toBe('no changes');
  });

  it('keeps errors and warnings, without the engine’s colour marks', () => {
    const plan = planOf({
      diagnosticEvent: { message: '<{%fg 1%}>no such zone<{%reset%}>\n', severity: 'error', color: 'never' },
    });
    expect(plan.diagnostics).toEqual([{ severity: 'error', message: 'no such zone' }]);
  });
});

describe('cluster data', () => {
  it.each([
    ['an etcd volume', 'aws:ebs/volume:Volume', 'delete'],
    ['the backup bucket', 'aws:s3/bucket:Bucket', 'replace'],
    ['a CRD', 'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition', 'delete'],
  ])('is never deleted or replaced by an update: %s', (_, type, op) => {
    expect(() => refuseDestructive(planOf(resource(op, type, 'precious')), 'kubezero up demo')).toThrow(
      new RegExp(`would ${op} precious`),
    );
  });

  it('may change', () => {
    expect(() =>
      refuseDestructive(planOf(resource('update', 'aws:ebs/volume:Volume', 'etcd-a')), 'kubezero up demo'),
    ).not.toThrow();
  });

  it('is also whatever is protected', () => {
    const protectedZone = resource('delete', 'aws:route53/zone:Zone', 'zone', { old: { protect: true, inputs: {} } });
    expect(() => refuseDestructive(planOf(protectedZone), 'kubezero up demo')).toThrow(/would delete zone/);
  });
});
