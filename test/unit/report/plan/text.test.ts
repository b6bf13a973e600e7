import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { planText } from '../../../../automation/plan/views/text.ts';
import { becomes, change, lostVolume, plan, stack, step, upgrade } from './plans.ts';

const pending = plan(
  [
    stack('network', []),
    stack('controllers', [lostVolume]),
    stack('workers', [change({ security: ['open to 0.0.0.0/0'], restarts: 'machines of general' })], {
      basis: { kind: 'upstream-pending', upstream: [{ stack: 'demo-controllers', outputs: [] }] },
    }),
  ],
  { verdict: { outcome: 'guarded', exit: 7, text: 'demo-controllers would delete the etcd volume etcd-c' } },
);

describe('a plan on a terminal', () => {
  it('has the verdict first, then what loses data and touches security, then each property', () => {
    expect(planText(pending, { color: false, width: 200 }).split('\n')).toEqual([
      'demo: refused, since something that holds data would go. demo-controllers would delete the etcd volume etcd-c.',
      '',
      'holds data',
      '  delete the etcd volume etcd-c (demo-controllers): no longer part of the environment; the etcd data of its controller is lost; refused without --allow etcd-c',
      '',
      'security, look twice',
      '  update LaunchTemplate general (demo-workers): open to 0.0.0.0/0',
      '',
      'demo-network: no changes, 7 unchanged',
      'demo-controllers: 1 to delete, 7 unchanged',
      '  - Volume etcd-c',
      'demo-workers: 1 to update, 7 unchanged',
      '  from live outputs, while demo-controllers has changes pending, none in what this stack reads',
      '  ~ LaunchTemplate general: restarts machines of general',
      '      - instanceType: m5.large',
      '      + instanceType: m5.xlarge',
    ]);
  });

  it('has the steps of an upgrade before anything else', () => {
    const steps = [
      step('controllers-reboot', {
        stacks: [stack('controllers', [change({ name: 'controller-a' })])],
        disruption: { what: 'each controller in turn', minutes: [6, 9], restarts: [] },
      }),
      step('modules', { state: 'blocked', blockers: ['no backup\nof today'] }),
    ];
    expect(
      planText(plan([], upgrade(steps)), { color: false })
        .split('\n')
        .slice(2),
    ).toEqual([
      'upgrade from 1.21 to 1.22: 2 steps, in this order',
      '   1. controllers-reboot: what controllers-reboot is for',
      '      changes: demo-controllers: 1 to update',
      '      disrupts: each controller in turn (6–9 min)',
      '      undo: yes; the same step with the old release',
      '      demo-controllers: 1 to update',
      '        ~ LaunchTemplate controller-a',
      '            - instanceType: m5.large',
      '            + instanceType: m5.xlarge',
      '   2. modules: what modules is for',
      '      blocked: no backup of today',
      '      changes: not known',
      '      disrupts: nothing',
      '      undo: yes; the same step with the old release',
    ]);
  });

  it.each([80, 120])('is at most %i columns wide, whatever values there are', (width) => {
    const long = plan([
      stack('workers', [change({ diffs: [becomes('userData', 'x'.repeat(500), 'word '.repeat(90))] })]),
    ]);
    for (const line of planText(long, { color: true, width }).split('\n'))
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(width);
  });

  it('is coloured only if asked', () => {
    expect(planText(pending, { color: true })).toContain('\x1b[');
    expect(planText(pending, { color: false })).not.toContain('\x1b[');
  });

  it('says of drift what somebody did', () => {
    const drift = plan([stack('network', [lostVolume])], {
      command: 'drift',
      verdict: { outcome: 'drift', exit: 2, text: '1 resource of demo-network is gone behind the stack’s back' },
    });
    const text = planText(drift, { color: false });
    expect(text).toContain('demo-network: 1 gone, 7 as they should be');
    expect(text).not.toMatch(/--allow|would/);
  });
});
