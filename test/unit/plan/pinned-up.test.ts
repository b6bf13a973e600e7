import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { Engine } from '../../../automation/engine/engine.ts';
import type { StackWriter } from '../../../automation/engine/stacks.ts';
import { openUp } from '../../../automation/operations/pinned-up.ts';
import * as building from '../../../automation/plan/build.ts';
import * as opening from '../../../automation/plan/open.ts';
import type { PinnedPlan } from '../../../automation/plan/pin.ts';
import { PinnedStacks } from '../../../automation/plan/pinned-stacks.ts';
import type { Environment } from '../../../environment/environment.ts';
import type { ModulesOutputs } from '../../../environment/outputs.ts';
import { exitCode, type UserError } from '../../../errors/index.ts';
import { change, general, pinned, workers } from './plans.ts';

const environment = { name: 'demo', directory: '/stacks', delivery: 'pulumi' } as Environment;
const modules = workers([], { stack: 'demo-modules', layer: 'modules' });

/** Opens a plan of these stacks, where fresh previews find others and an earlier run has changed some resources. */
function open(
  plan: Partial<PinnedPlan>,
  fresh: StackPlan[],
  applied: string[] = [],
  outputs?: Partial<ModulesOutputs>,
) {
  const stacks = new PinnedStacks(
    environment,
    {} as StackWriter,
    'plan.json',
    new Map([['demo-workers', new Set(applied)]]),
  );
  vi.spyOn(stacks, 'outputs').mockResolvedValue(outputs as never);
  vi.spyOn(opening, 'openPlan').mockResolvedValue({ plan: pinned(plan), file: 'plan.json', stacks });
  vi.spyOn(building, 'buildPlan').mockResolvedValue(pinned({ stacks: fresh }));
  return openUp('plan.json', environment, {} as Engine, new AbortController().signal);
}

const planned = { stacks: [workers([change()])] };
const refusal = (action: Promise<unknown>): Promise<UserError> =>
  action.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  );

afterEach(() => vi.restoreAllMocks());

describe('a plan that `up` is given', () => {
  it('is taken up with its layers and what it allows, where previews find the same', async () => {
    const opened = await open({ ...planned, allowed: ['etcd-a'] }, planned.stacks);
    expect(opened).toMatchObject({ layers: ['workers'], unplanned: [], allowed: ['etcd-a'], done: false });
  });

  it('is refused before anything is touched where a preview finds anything else', async () => {
    const error = await refusal(open(planned, [workers([change(), change({ name: 'gpu', urn: `${general}-gpu` })])]));
    expect(error).toMatchObject({ exitCode: exitCode.moved, state: 'nothing was changed' });
    expect(error.message).toContain('stack demo-workers: would also update LaunchTemplate gpu');
  });

  it('is done where an earlier run has left nothing to do; one that had nothing to do isn’t called applied', async () => {
    expect(await open(planned, [workers([])], [general])).toMatchObject({ done: true });
    expect(await open({ stacks: [workers([])] }, [workers([])])).toMatchObject({ done: false });
  });

  it('leaves stacks alone that couldn’t be planned, and names them', async () => {
    const missing = { kind: 'upstream-not-deployed', missing: ['demo-network'] } as const;
    const unplanned = { ...modules, basis: { ...missing, missing: [...missing.missing] } };
    expect(await open({ stacks: [...planned.stacks, unplanned] }, planned.stacks)).toMatchObject({
      layers: ['workers'],
      unplanned: ['demo-modules'],
    });
  });

  it('can’t change who delivers the modules: no preview has all of the updates that takes', async () => {
    const error = await refusal(open({ stacks: [modules] }, [modules], [], { delivery: { logging: 'argocd' } }));
    expect(error).toMatchObject({ exitCode: exitCode.blocked, fix: 'run it without --plan: kubezero up demo' });
    expect(await open({ stacks: [modules] }, [modules], [], { delivery: { logging: 'pulumi' } })).toBeTruthy();
  });
});
