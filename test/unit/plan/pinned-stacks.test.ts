import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { StackOperationOptions, StackWriter } from '../../../automation/engine/stacks.ts';
import { PinnedStacks } from '../../../automation/plan/pinned-stacks.ts';
import type { Environment } from '../../../environment/environment.ts';
import { exitCode, type UserError } from '../../../errors/index.ts';
import { becomes, change, general, group, workers } from './plans.ts';

const environment = { name: 'demo', directory: '/stacks' } as Environment;
const desired = { release: '1.21', surge: false } as const;

/** The stacks, as far as they are asked. */
const engineOf = { preview: vi.fn<StackWriter['preview']>(), up: vi.fn<StackWriter['up']>() };

/** What previews find, and which changes updates come to. */
function engine(finds: StackPlan, comesTo: StackPlan = finds) {
  engineOf.preview.mockResolvedValue(finds);
  return engineOf.up.mockImplementation(async (_layer, _desired, options: StackOperationOptions = {}) => {
    for (const each of comesTo.changes) {
      if (options.signal?.aborted) throw new Error('cancelled');
      options.onChange?.(each);
    }
    if (options.signal?.aborted) throw new Error('cancelled');
    return comesTo;
  });
}

function held(to: StackPlan[], strictness: 'exactly' | 'within' = 'exactly', applied: string[] = []): PinnedStacks {
  const stacks = new PinnedStacks(
    environment,
    engineOf as unknown as StackWriter,
    'plan.json',
    new Map([['demo-workers', new Set(applied)]]),
  );
  stacks.expect({ stacks: to, strictness });
  return stacks;
}

async function refusal(action: Promise<unknown>): Promise<UserError> {
  return action.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  );
}

afterEach(() => vi.resetAllMocks());

const planned = workers([change()]);

it('a plan can’t take stacks down', () => {
  const stacks = held([]);
  // @ts-expect-error nobody can ask it to
  expect(stacks.destroy).toBeUndefined();
});

describe('an update of a stack with a pinned plan', () => {
  it('runs where a fresh preview is the same', async () => {
    const update = engine(planned);
    expect(await held([planned]).up('workers', desired)).toEqual(planned);
    expect(update).toHaveBeenCalledOnce();
  });

  it('is refused where the preview has become another, and nothing is touched', async () => {
    const update = engine(workers([change({ diffs: [becomes('instanceType', 'm5.large', 'm5.metal')] })]));
    const error = await refusal(held([planned]).up('workers', desired));
    expect(error.message).toMatch(/instanceType would become m5.metal, planned was m5.xlarge/);
    expect(error).toMatchObject({ exitCode: exitCode.moved, state: 'nothing was changed', where: 'plan.json' });
    expect(update).not.toHaveBeenCalled();
  });

  it('is refused for a stack that the plan has no changes of', async () => {
    engine(planned);
    expect((await refusal(held([]).up('workers', desired))).message).toMatch(
      /would also update LaunchTemplate general/,
    );
  });

  it('has nothing left to do where an earlier run did it all', async () => {
    const update = engine(workers([]));
    expect((await held([planned], 'exactly', [general]).up('workers', desired)).changes).toEqual([]);
    expect(update).not.toHaveBeenCalled();
  });

  it('does what an earlier run has left', async () => {
    const other = change({ type: 'aws:autoscaling/group:Group', name: 'demo-general', urn: group });
    const update = engine(workers([other]));
    await held([workers([change(), other])], 'exactly', [general]).up('workers', desired);
    expect(update).toHaveBeenCalledOnce();
  });

  it('is stopped at the first thing that its preview didn’t have', async () => {
    const stray = change({ operation: 'delete', name: 'gpu', urn: `${general}-gpu` });
    const last = change({ name: 'spot', urn: `${general}-spot` });
    const seen: string[] = [];
    engine(planned, workers([change(), stray, last]));
    const update = held([planned]).up('workers', desired, { onChange: ({ name }) => seen.push(name) });
    const error = await refusal(update);
    expect(error.message).toMatch(/came to delete LaunchTemplate gpu, which is not in the plan/);
    expect(error.exitCode).toBe(exitCode.moved);
    expect(seen).toEqual(['general', 'gpu']);
  });

  it('of a step of an upgrade may be a part of what was pinned', async () => {
    const update = engine(workers([change()]));
    const step = workers([change(), change({ name: 'gpu', urn: `${general}-gpu` })]);
    await held([step], 'within').up('workers', desired);
    expect(update).toHaveBeenCalledOnce();
  });

  it('says after others what of the plan is done, and what the stack was planned on', async () => {
    engineOf.preview.mockImplementation(async (layer) => (layer === 'network' ? network : workers([])));
    const network = workers([change()], { stack: 'demo-network', layer: 'network' });
    engineOf.up.mockResolvedValue(network);
    const pending = { kind: 'upstream-pending', upstream: [{ stack: 'demo-network', outputs: ['vpcId'] }] } as const;
    const stacks = held([
      network,
      workers([change()], { basis: { ...pending, upstream: [...pending.upstream] } as never }),
    ]);
    await stacks.up('network');
    const error = await refusal(stacks.up('workers', desired));
    expect(error.state).toBe('as planned: demo-network; nothing else was changed, stack demo-workers is as it was');
    expect(error.message).toMatch(/planned on what was deployed then, and reads from demo-network/);
  });

  it('asks the engine once where preview and update follow each other', async () => {
    engine(planned);
    const stacks = held([planned]);
    expect(stacks.differences(await stacks.preview('workers', desired))).toEqual([]);
    await stacks.up('workers', desired);
    expect(engineOf.preview).toHaveBeenCalledOnce();
  });
});
