import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import type { StackOperationOptions } from '../../../automation/engine/stacks.ts';
import { buildPlan, type PlanRequest } from '../../../automation/plan/build.ts';
import { environmentPlan } from '../../../automation/plan/document.ts';
import { ChartStore } from '../../../charts/index.ts';
import { loadEnvironment } from '../../../environment/environment.ts';
import type { Layer, LayerOutputs } from '../../../environment/outputs.ts';
import { UserError } from '../../../errors/index.ts';
import type { ReleaseId } from '../../../releases/release.ts';
import { repositoryRoot } from '../../../repository/root.ts';
import { notDeployed } from '../../../stacks/upstream.ts';
import { change, workers } from './plans.ts';

const environment = loadEnvironment('demo', join(repositoryRoot, 'stacks'));
const charts = new ChartStore({ env: {} });

type Preview = (options: StackOperationOptions) => Promise<Partial<StackPlan>>;

/** Stacks that are all deployed at 1.21 and have nothing pending, but for what is given. */
function stacksOf(previews: Partial<Record<Layer, Preview>> = {}, outputs: Partial<Record<Layer, unknown>> = {}) {
  const deployed = {
    network: { vpcId: 'vpc-1' },
    controllers: { release: '1.21' },
    workers: { release: '1.21', surge: false },
    modules: { releases: { logging: '1.21' }, crds: { logging: '1.21' } },
    ...outputs,
  } as unknown as LayerOutputs;
  return {
    outputs: async (layer: Layer) => deployed[layer],
    preview: async (layer: Layer, _desired: unknown, options: StackOperationOptions) => ({
      ...workers([], { stack: `demo-${layer}`, layer, unchanged: 5 }),
      ...(await previews[layer]?.(options)),
    }),
  } as unknown as PlanRequest['stacks'];
}

describe('the plan of an environment', () => {
  it('has its stacks in their order, and is valid by its schema', async () => {
    const plan = await buildPlan({ environment, charts, stacks: stacksOf() });
    expect(plan.stacks.map(({ stack }) => stack)).toEqual([
      'demo-network',
      'demo-controllers',
      'demo-workers',
      'demo-modules',
    ]);
    expect(plan.release).toEqual({ files: '1.21', deployed: '1.21' });
    expect(plan.verdict).toEqual({
      outcome: 'no-changes',
      exit: 0,
      text: 'nothing to change: 20 resources in 4 stacks are as the files of demo say',
    });
    expect(environmentPlan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('previews side by side', async () => {
    let running = 0;
    let most = 0;
    const preview = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
      return {};
    };
    const all = { network: preview, controllers: preview, workers: preview, modules: preview };
    await buildPlan({ environment, charts, stacks: stacksOf(all) });
    expect(most).toBe(4);
  });

  it('says which of the outputs that a stack reads will change', async () => {
    const stacks = stacksOf({
      network: async () => ({ changes: [change()], outputs: [{ name: 'privateSubnetIds.a' }, { name: 'cidr' }] }),
      workers: async ({ onRead }) => {
        onRead?.('demo-network', 'privateSubnetIds');
        onRead?.('demo-network', 'kmsKeyArn');
        return {};
      },
    });
    const plan = await buildPlan({ environment, charts, stacks });
    expect(plan.stacks.map(({ basis }) => basis)).toEqual([
      { kind: 'live' },
      { kind: 'live' },
      { kind: 'upstream-pending', upstream: [{ stack: 'demo-network', outputs: ['privateSubnetIds'] }] },
      { kind: 'live' },
    ]);
  });

  it('invents nothing about a stack whose upstream isn’t deployed', async () => {
    const missing = async () => Promise.reject(notDeployed('demo', 'network'));
    const stacks = stacksOf(
      { controllers: missing, workers: missing, modules: missing },
      { network: undefined, controllers: undefined, workers: undefined, modules: undefined },
    );
    const { stacks: plans, verdict, release } = await buildPlan({ environment, charts, stacks });
    expect(plans[3]).toMatchObject({
      changes: [],
      unchanged: 0,
      basis: { kind: 'upstream-not-deployed', missing: ['demo-network', 'demo-controllers'] },
    });
    expect(release).toEqual({ files: '1.21' });
    expect(verdict.outcome).toBe('changes');
  });

  it('fails with each reason once', async () => {
    const fails = (message: string) => async () => Promise.reject(new UserError(message));
    const same = stacksOf({ network: fails('no credentials'), workers: fails('no credentials') });
    await expect(buildPlan({ environment, charts, stacks: same })).rejects.toThrow(new UserError('no credentials'));
    const two = stacksOf({ network: fails('no credentials'), modules: fails('no such chart') });
    await expect(buildPlan({ environment, charts, stacks: two })).rejects.toMatchObject({
      errors: [{ message: 'no credentials' }, { message: 'no such chart' }],
    });
  });

  it('asks for the upgrade where one has begun, or is wanted', async () => {
    const asked = async (more: Partial<PlanRequest>) => {
      let count = 0;
      const upgrade = async (to: ReleaseId) => {
        count++;
        return { from: '1.21' as const, to, surgeFirst: false, steps: [] };
      };
      const plan = await buildPlan({ environment, charts, stacks: stacksOf(), upgrade, ...more });
      return [count, plan.upgrade?.to];
    };
    expect(await asked({})).toEqual([0, undefined]);
    expect(await asked({ to: '1.22' })).toEqual([1, '1.22']);
    expect(await asked({ stacks: stacksOf({}, { controllers: { release: '1.22' } }) })).toEqual([1, '1.22']);
    expect(await asked({ stacks: stacksOf({}, { workers: { release: '1.21', surge: true } }) })).toEqual([1, '1.21']);
    // Of what isn't all there yet, there is none.
    const half = stacksOf({}, { controllers: { release: '1.22' }, modules: undefined });
    expect(await asked({ stacks: half })).toEqual([0, undefined]);
  });

  it('refuses to allow what isn’t about to go', async () => {
    await expect(buildPlan({ environment, charts, stacks: stacksOf(), allow: ['etcd-a'] })).rejects.toThrow(/etcd-a/);
  });
});
