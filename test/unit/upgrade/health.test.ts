import { describe, expect, it } from 'vitest';
import { podReason } from '../../../automation/live/kubernetes/health.ts';

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

describe('a pod is healthy when it', () => {
  it.each([
    ['runs and is ready', ready],
    ['has ended well', { phase: 'Succeeded' }],
  ])('%s', (_, status) => {
    expect(podReason({ status })).toBeUndefined();
  });
});

describe('otherwise the reason says what is wrong', () => {
  it.each([
    ['CrashLoopBackOff', { phase: 'Running', containerStatuses: [status('a', 'CrashLoopBackOff')] }],
    ['CreateContainerError', { phase: 'Pending', containerStatuses: [status('a', 'CreateContainerError')] }],
    ['SysctlForbidden', { phase: 'Failed', reason: 'SysctlForbidden' }],
    ['Failed', { phase: 'Failed' }],
    ['NotReady', { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }],
    ['Pending', { phase: 'Pending' }],
    [
      'Unschedulable: no node matches',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node matches' }],
      },
    ],
  ])('%s', (reason, podStatus) => {
    expect(podReason({ status: podStatus })).toBe(reason);
  });

  it('Terminating, whatever else', () => {
    expect(podReason({ metadata: { deletionTimestamp: new Date() }, status: ready })).toBe('Terminating');
  });
});

function status(name: string, reason: string) {
  return { name, image: '', imageID: '', ready: false, restartCount: 3, state: { waiting: { reason } } };
}
