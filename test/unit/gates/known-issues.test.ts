import { describe, expect, it } from 'vitest';
import { type ToleranceState, tolerate } from '../../../automation/live/gates/known-issues.ts';
import type { Wait } from '../../../automation/live/kubernetes/health.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';

const pod = (namespace: string, name: string, reason: string): Wait => ({
  object: `Pod ${namespace}/${name}`,
  reason,
  pod: { namespace, name },
});
const state = (part: Partial<ToleranceState> = {}): ToleranceState => ({
  started: new Set(),
  finished: new Set(),
  moduleUpgraded: () => true,
  deployments: [],
  ...part,
});
const ids = (waits: Wait[], part: Partial<ToleranceState> = {}) =>
  tolerate(waits, upgrade.knownIssues, state(part)).tolerated.map(({ issue }) => issue.id);

describe('elastic-operator-0 in CrashLoopBackOff', () => {
  const crash = pod('logging', 'elastic-operator-0', 'CrashLoopBackOff');

  it('is tolerated once logging is being upgraded, until the controllers are replaced', () => {
    expect(ids([crash], { started: new Set(['logging']) })).toEqual(['elastic-operator']);
    expect(ids([crash], { started: new Set(['logging']), finished: new Set(['controllers-reboot']) })).toEqual([]);
  });

  it('is not tolerated before the upgrade reaches logging', () => {
    expect(ids([crash])).toEqual([]);
  });

  it('explains its StatefulSet too, but no other workload', () => {
    const operator: Wait = { object: 'StatefulSet logging/elastic-operator', reason: '0 of 1 replicas available' };
    const fluentd: Wait = { object: 'Deployment logging/logging-fluentd', reason: '0 of 1 replicas available' };
    const { open, tolerated } = tolerate(
      [crash, operator, fluentd],
      upgrade.knownIssues,
      state({ started: new Set(['logging']) }),
    );
    expect(tolerated.map(({ wait }) => wait.object)).toEqual([crash.object, operator.object]);
    expect(open).toEqual([fluentd]);
  });

  it('covers no other reason and no other pod of the namespace', () => {
    const started = new Set(['logging']);
    expect(ids([pod('logging', 'elastic-operator-0', 'ImagePullBackOff')], { started })).toEqual([]);
    expect(ids([pod('logging', 'logging-fluentd-abc', 'CrashLoopBackOff')], { started })).toEqual([]);
  });
});

describe('node agents on machines of the other operating system', () => {
  it('are tolerated only while their module is at the old release', () => {
    const exporter = pod('monitoring', 'metrics-prometheus-node-exporter-x1', 'CreateContainerError');
    expect(ids([exporter], { moduleUpgraded: () => false })).toEqual(['node-exporter']);
    expect(ids([exporter], { moduleUpgraded: (id) => id === 'metrics' })).toEqual([]);
    const bit = pod('logging', 'logging-fluent-bit-x1', 'ContainerCreating');
    expect(ids([bit], { moduleUpgraded: (id) => id === 'metrics' })).toEqual(['fluent-bit']);
  });
});

describe('gateway pods that a 1.21 kubelet rejects', () => {
  const rejected = pod('istio-ingress', 'istio-ingressgateway-7f-abc', 'SysctlForbidden');
  const gateway = (availableReplicas: number) => ({
    metadata: { namespace: 'istio-ingress', name: 'istio-ingressgateway' },
    status: { availableReplicas },
  });
  const started = new Set(['istio-private-ingress']);

  it('are tolerated while the old gateway pods keep serving', () => {
    expect(ids([rejected], { started, deployments: [gateway(2)] })).toEqual(['gateway-sysctl']);
  });

  it('stop the upgrade when no gateway serves any more', () => {
    expect(ids([rejected], { started, deployments: [gateway(0)] })).toEqual([]);
  });

  it('must be gone once the old workers are drained', () => {
    expect(ids([rejected], { started, finished: new Set(['workers-drain']), deployments: [gateway(2)] })).toEqual([]);
  });
});
