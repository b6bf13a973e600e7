import { describe, expect, test } from 'vitest';
import { FaultStore, parseFault } from '../../sandbox/faults.ts';
import { podMatches } from '../../sandbox/kubernetes/readiness.ts';
import { kindOfPod } from '../../sandbox/nodes/daemon-pods.ts';
import { unfinished } from '../../sandbox/nodes/nudge.ts';
import { stagesFor } from '../../sandbox/nodes/stages.ts';
import { waitingReason } from '../../sandbox/nodes/waiting.ts';
import { injectProxy } from '../../sandbox/services/reviews.ts';

const pod = (name: string, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace: 'logging', labels },
  spec: { nodeName: 'node-a' },
});
const machine = { instanceId: 'i-1', nodeName: 'node-a', zone: 'z', role: 'worker', group: 'general' };

describe('what kubelets do by their version', () => {
  const names = (minor: string) => stagesFor(minor).map(({ metadata }) => metadata.name);

  test('only a 1.21 kubelet rejects the sysctl', () => {
    expect(names('1.21')).toContain('pod-sysctl-forbidden');
    expect(names('1.22')).not.toContain('pod-sysctl-forbidden');
  });

  test('only machines of 1.22 lack a shared root mount and /etc/machine-id', () => {
    const alpine = ['pod-root-mount-not-shared', 'pod-no-machine-id'];
    expect(names('1.22')).toEqual(expect.arrayContaining(alpine));
    for (const name of alpine) expect(names('1.21')).not.toContain(name);
  });

  test('pods are ready from before the longest minReadySeconds', () => {
    const [running] = stagesFor('1.22', new Date('2022-05-19T12:00:00Z')).filter(
      ({ metadata }) => metadata.name === 'pod-running',
    );
    expect(running?.spec.next.statusTemplate).toContain('$since := "2022-05-19T11:50:00.000Z"');
  });

  test('the pods that do something to machines are not kwok’s', () => {
    expect(kindOfPod(pod('a', { app: 'kubezero-upgrade' }))).toBe('upgrade');
    expect(kindOfPod(pod('a', { 'job-name': 'kubezero-backup-27500' }))).toBe('backup');
    expect(kindOfPod(pod('a', { 'job-name': 'backup-cluster-now' }))).toBe('backup');
    expect(kindOfPod(pod('a', { 'job-name': 'admission-create' }))).toBeUndefined();
  });
});

describe('pods that wait', () => {
  test('the ECK operator crashes while API servers of two versions serve', () => {
    const faults = new FaultStore();
    const reason = (name: string, versions: string[]) => waitingReason(pod(name), { faults }, versions);
    expect(reason('elastic-operator-0', ['1.21.9', '1.22.8', '1.21.9'])).toBe('CrashLoopBackOff');
    expect(reason('elastic-operator-0', ['1.22.8', '1.22.8'])).toBeUndefined();
    expect(reason('other', ['1.21.9', '1.22.8'])).toBeUndefined();
  });

  test('a fault picks pods by namespace, beginning of the name and node', () => {
    const faults = new FaultStore();
    let changes = 0;
    faults.onChange(() => {
      changes += 1;
    });
    const { id } = faults.add({
      kind: 'pod',
      namespace: 'logging',
      name: 'kib',
      reason: 'ErrImagePull',
      node: 'node-a',
    });
    expect(waitingReason(pod('kibana-1'), { faults }, [])).toBe('ErrImagePull');
    expect(waitingReason({ ...pod('kibana-1'), spec: { nodeName: 'node-b' } }, { faults }, [])).toBeUndefined();
    expect(waitingReason(pod('fluentd-1'), { faults }, [])).toBeUndefined();
    expect(faults.clear(id)).toHaveLength(1);
    expect(waitingReason(pod('kibana-1'), { faults }, [])).toBeUndefined();
    expect(changes).toBe(2);
  });

  test('a fault of machines picks them by any of their names', () => {
    const faults = new FaultStore();
    faults.add({ kind: 'slow-boot', match: 'general', seconds: 5 });
    faults.add({ kind: 'boot-failure', match: 'controller' });
    expect(faults.ofMachine('slow-boot', machine)).toHaveLength(1);
    expect(faults.ofMachine('boot-failure', machine)).toHaveLength(0);
    faults.add({ kind: 'boot-failure', match: '*' });
    expect(faults.ofMachine('boot-failure', machine)).toHaveLength(1);
  });

  test.each([
    [{ kind: 'pod', namespace: 'a' }, 'a pod fault needs `name`'],
    [{ kind: 'process-down' }, 'a process-down fault needs `component`'],
    [{ kind: 'earthquake' }, 'unknown kind of fault: earthquake'],
  ])('a fault that is not whole is refused: %j', (input, message) => {
    expect(() => parseFault(input)).toThrow(message);
  });
});

test.each([
  ['bound and not started', { status: { phase: 'Pending' } }, 'start'],
  ['running', { status: { phase: 'Running', podIP: '10.244.0.1' } }, undefined],
  ['rejected', { status: { phase: 'Failed' } }, undefined],
  [
    'deleted and still there',
    { metadata: { name: 'a', deletionTimestamp: 'now' }, status: { phase: 'Running' } },
    'delete',
  ],
  ['not scheduled', { spec: {}, status: { phase: 'Pending' } }, undefined],
])('kwok is reminded of a pod that is %s: %#', (_case, change, expected) => {
  expect(unfinished({ ...pod('a'), ...change })).toBe(expected);
});

test('the injector replaces the image `auto` and nothing else', () => {
  const containers = [{ image: 'a' }, { image: 'auto' }];
  expect(injectProxy({ metadata: { name: 'gateway' }, spec: { containers } }, 'istio/proxyv2:1.13.3')).toEqual([
    { op: 'replace', path: '/spec/containers/1/image', value: 'istio/proxyv2:1.13.3' },
  ]);
});

test('pods are picked by all that a query says', () => {
  expect(podMatches(pod('a', { x: '1' }), { namespace: 'logging', labels: { x: '1' } })).toBe(true);
  expect(podMatches(pod('a', { x: '1' }), { namespace: 'other', labels: { x: '1' } })).toBe(false);
  expect(podMatches(pod('a'), { labels: { x: '1' } })).toBe(false);
});
