import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../automation/engine/engine.ts';
import * as opening from '../../../automation/plan/open.ts';
import type { PinnedStacks } from '../../../automation/plan/pinned-stacks.ts';
import { openUpgrade } from '../../../automation/upgrade/pinned-upgrade.ts';
import type { Environment } from '../../../environment/environment.ts';
import { exitCode, type UserError } from '../../../errors/index.ts';
import type { UpgradeStep } from '../../../releases/upgrade.ts';
import { change, pinned, step, workers } from '../plan/plans.ts';

const environment = { name: 'demo', directory: '/stacks' } as Environment;
const surge = workers([change()]);
const steps = [step('surge', [surge]), { ...step('crds', []), state: 'done' as const }, step('reset', [])];
const plan = pinned({ allowed: ['etcd-a'], upgrade: { from: '1.21', to: '1.22', surgeFirst: false, steps } });

const expected = vi.fn<PinnedStacks['expect']>();
beforeEach(() => {
  expected.mockClear();
  vi.spyOn(opening, 'openPlan').mockResolvedValue({
    plan,
    file: 'plan.json',
    stacks: { expect: expected } as unknown as PinnedStacks,
  });
});

const open = (given = {}) => openUpgrade('plan.json', given, environment, {} as Engine);
const named = (...ids: string[]) => ids.map((id) => ({ id, title: id }) as UpgradeStep);
const refusal = async (action: () => unknown): Promise<UserError> => {
  try {
    await action();
  } catch (error) {
    return error as UserError;
  }
  throw new Error('was not refused');
};

describe('a pinned upgrade', () => {
  it('goes where the plan goes, in its order, with what was allowed', async () => {
    expect(await open()).toMatchObject({ from: '1.21', to: '1.22', surgeFirst: false, allowed: ['etcd-a'] });
  });

  it('holds the stacks to the step that is under way; a later one may take back what an earlier one does', async () => {
    const upgrade = await open();
    upgrade.begin(named('surge')[0]!);
    expect(expected).toHaveBeenLastCalledWith(
      expect.objectContaining({ stacks: [surge], strictness: 'within', earlier: [], of: 'step surge' }),
    );
    upgrade.begin(named('reset')[0]!);
    expect(expected).toHaveBeenLastCalledWith(expect.objectContaining({ stacks: [], earlier: [surge] }));
  });

  it('runs no step that was done when it was planned, and none that wasn’t planned', async () => {
    const upgrade = await open();
    const undone = await refusal(() => upgrade.begin(named('crds')[0]!));
    expect(undone).toMatchObject({ exitCode: exitCode.moved, message: expect.stringContaining('crds was done when') });
    expect((await refusal(() => upgrade.begin(named('logging')[0]!))).message).toContain('is not in the plan');
  });

  it('is refused where the release has other steps, or another order', async () => {
    const upgrade = await open();
    expect(() => upgrade.refuseOthers(named('surge', 'crds', 'reset'))).not.toThrow();
    const error = await refusal(() => upgrade.refuseOthers(named('crds', 'surge', 'reset')));
    expect(error.message).toBe(
      'the upgrade has other steps than were planned: crds, surge, reset; planned were surge, crds, reset',
    );
  });

  it('doesn’t let the command line contradict it', async () => {
    expect((await refusal(() => open({ to: '1.23' }))).message).toContain('the plan goes to 1.22');
    const error = await refusal(() => open({ surgeFirst: true }));
    expect(error).toMatchObject({ exitCode: exitCode.usage, message: expect.stringContaining('the documented order') });
  });
});
