import { describe, expect, it, vi } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { UpgradeContext } from '../../../automation/upgrade/context.ts';
import { updateStack } from '../../../automation/upgrade/stack-update.ts';
import type { DesiredState } from '../../../environment/outputs.ts';
import { exitCode } from '../../../errors/index.ts';
import { change, workers } from '../plan/plans.ts';

const desired: DesiredState = {
  controllers: { release: '1.22' },
  workers: { release: '1.22', surge: false },
  modules: { releases: { logging: '1.22' }, crds: {} },
};

/** A step's context, where the stack's preview finds this. */
function finding(plan: Partial<StackPlan>, allow: string[] = []) {
  const up = vi.fn(async (layer) => workers([], { layer }));
  const unprotect = vi.fn(async () => {});
  const context = {
    environment: { name: 'demo', directory: '/stacks', delivery: 'pulumi' },
    stacks: {
      outputs: async () => ({ releases: {}, namespaces: {} }),
      deployed: async () => ({ releases: {}, namespaces: {} }),
      preview: async (layer: keyof DesiredState) => workers([], { layer, stack: `demo-${layer}`, ...plan }),
      up,
      unprotect,
    },
    allow,
    cluster: {},
    report: () => undefined,
    act: () => undefined,
    pass: async () => undefined,
  } as unknown as UpgradeContext;
  return { context, up, unprotect };
}

const lost = () =>
  change({
    operation: 'delete',
    name: 'etcd-a',
    protected: true,
    guard: { kind: 'protected resource', allowed: false, loss: 'it is gone' },
  });

describe.each(['controllers', 'workers', 'modules'] as const)('a step’s update of %s', (layer) => {
  it('is refused where it would delete what holds data', async () => {
    const { context, up } = finding({ changes: [lost()] });
    await expect(updateStack(context, layer, desired[layer])).rejects.toMatchObject({
      exitCode: exitCode.guarded,
      message: expect.stringMatching(/would delete etcd-a/),
    });
    expect(up).not.toHaveBeenCalled();
  });

  it('goes on where that is allowed by name', async () => {
    const { context, up, unprotect } = finding({ changes: [lost()] }, ['etcd-a']);
    await updateStack(context, layer, desired[layer]);
    expect(unprotect).toHaveBeenCalledOnce();
    expect(up).toHaveBeenCalledOnce();
  });

  it('is refused where it violates a mandatory policy', async () => {
    const violation = { pack: 'ours', policy: 'no-public', level: 'mandatory', message: 'is public' };
    const { context, up } = finding({ policies: [violation] as never });
    await expect(updateStack(context, layer, desired[layer])).rejects.toThrow(/violates/);
    expect(up).not.toHaveBeenCalled();
  });
});
