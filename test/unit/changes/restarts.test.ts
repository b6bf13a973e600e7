import { describe, expect, it } from 'vitest';
import { restartsOf } from '../../../automation/engine/changes/restarts.ts';
import type { Operation, ResourceChange } from '../../../automation/engine/changes/schema.ts';

type Inputs = Record<string, unknown>;

function restarts(operation: Operation, type: string, before: Inputs, after?: Inputs, extra: object = {}) {
  const change = { operation, type, name: 'workers', retained: false, ...extra } as ResourceChange;
  return restartsOf(change, { before, ...(after ? { after } : {}) });
}

function workload(image: string, spec: object = {}) {
  return {
    metadata: { name: 'kibana', namespace: 'logging' },
    spec: { template: { spec: { containers: [{ image }] } }, ...spec },
  };
}

const deployment = 'kubernetes:apps/v1:Deployment';
const group = 'aws:autoscaling/group:Group';

describe('what a change restarts', () => {
  it.each<[string, string, object, string]>([
    ['a Deployment', 'Deployment', { replicas: 2 }, 'pods of Deployment logging/kibana, rolling'],
    ['one of a single pod', 'Deployment', {}, 'pods of Deployment logging/kibana, rolling, one pod'],
    [
      'one that recreates its pods',
      'Deployment',
      { strategy: { type: 'Recreate' } },
      'pods of Deployment logging/kibana, all at once (Recreate)',
    ],
    ['a StatefulSet', 'StatefulSet', {}, 'pods of StatefulSet logging/kibana, one by one'],
    [
      'a StatefulSet that waits for deletions',
      'StatefulSet',
      { updateStrategy: { type: 'OnDelete' } },
      'pods of StatefulSet logging/kibana, only as they are deleted (OnDelete)',
    ],
    ['a DaemonSet', 'DaemonSet', {}, 'pods of DaemonSet logging/kibana, one machine after the other'],
    [
      'a DaemonSet in larger steps',
      'DaemonSet',
      { updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } },
      'pods of DaemonSet logging/kibana, rolling, 10% of the machines at a time',
    ],
  ])('%s', (_, kind, spec, expected) => {
    const type = `kubernetes:apps/v1:${kind}`;
    expect(restarts('update', type, workload('a:1', spec), workload('a:2', spec))).toBe(expected);
  });

  it('is nothing where the pod template stays as it is', () => {
    expect(restarts('update', deployment, workload('a:1'), workload('a:1', { replicas: 3 }))).toBeUndefined();
  });

  it('is nothing where something comes to be, or only leaves the stack', () => {
    expect(restarts('create', deployment, {}, workload('a:1'))).toBeUndefined();
    expect(restarts('delete', deployment, workload('a:1'), undefined, { retained: true })).toBeUndefined();
  });

  it('stops what is deleted', () => {
    expect(restarts('delete', deployment, workload('a:1'))).toBe('stops the pods of Deployment logging/kibana');
  });

  it('says that a replaced Service loses its load balancer', () => {
    const service = { metadata: { name: 'gateway', namespace: 'istio' }, spec: { type: 'LoadBalancer' } };
    expect(restarts('replace', 'kubernetes:core/v1:Service', service, service)).toBe(
      'connections to Service istio/gateway: its address and its load balancer go',
    );
  });

  it('leaves running machines alone where their launch template changes', () => {
    const template = 'aws:ec2/launchTemplate:LaunchTemplate';
    expect(restarts('update', template, { imageId: 'a' }, { imageId: 'b' })).toMatch(/only as they are replaced/);
  });

  it('counts the machines that a smaller group terminates', () => {
    expect(restarts('update', group, { desiredCapacity: 5 }, { desiredCapacity: 3 })).toBe(
      'terminates 2 machines of group workers',
    );
    expect(restarts('update', group, { desiredCapacity: 3 }, { desiredCapacity: 5 })).toBeUndefined();
    expect(restarts('replace', group, {}, {})).toMatch(/^every machine of group workers/);
  });
});
