import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StackPlan } from '../../../automation/engine/changes/schema.ts';
import { clusterAway } from '../../../automation/upgrade/cluster-away.ts';
import type { StackTarget, StepBehaviour } from '../../../automation/upgrade/context.ts';
import { type PlanSetup, planUpgrade } from '../../../automation/upgrade/plan.ts';
import type { ModulesOutputs } from '../../../environment/outputs.ts';
import { UserError } from '../../../errors/index.ts';
import type { StepAction, UpgradeStep } from '../../../releases/upgrade.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';
import { change } from '../plan/plans.ts';

/** What steps are found to be by what kind they are of. */
const behaviours = vi.hoisted(() => new Map<string, Partial<StepBehaviour>>());
vi.mock('../../../automation/upgrade/steps/index.ts', () => ({
  behaviourOf: (action: StepAction): StepBehaviour => ({
    done: async () => false,
    preview: async () => ({ notes: [], blockers: [] }),
    run: async () => undefined,
    gates: () => [{ name: `gate of ${action.kind}`, check: async () => [] }],
    ...behaviours.get(action.kind),
  }),
}));

const ofKind = (...kinds: StepAction['kind'][]) => upgrade.steps.filter(({ action }) => kinds.includes(action.kind));
const named = (...ids: string[]) => ids.map((id) => upgrade.steps.find((step) => step.id === id)!);

/** Each module at 1.22 changes one resource of its name. */
const stackPlan = ({ layer, desired }: StackTarget): StackPlan => ({
  stack: `demo-${layer}`,
  layer,
  basis: { kind: 'live' },
  changes: Object.entries('releases' in desired ? desired.releases : {})
    .filter(([, release]) => release === '1.22')
    .map(([id]) => change({ name: id, urn: `urn:${id}`, restarts: `pods of Deployment ${id}` })),
  unchanged: 0,
  outputs: [],
  diagnostics: [],
  policies: [],
});

let previews: { now: number; most: number; states: string[]; versions: (string | undefined)[] };
let fails: Error | undefined;
function setup(given: Partial<PlanSetup> = {}): PlanSetup {
  const deployed: ModulesOutputs = { releases: { logging: '1.21', metrics: '1.21' }, crds: {}, namespaces: {} };
  return {
    environment: {
      name: 'demo',
      directory: '/stacks',
      controllers: { zones: ['a', 'b', 'c'] },
      workers: [{ desired: 3 }, { desired: 1 }],
    },
    stacks: {
      outputs: async () => deployed,
      preview: async (layer: 'modules', desired: never, { kubernetesVersion }: { kubernetesVersion?: string }) => {
        previews.versions.push(kubernetesVersion);
        previews.most = Math.max(previews.most, ++previews.now);
        previews.states.push(JSON.stringify(desired));
        await new Promise((resolve) => setTimeout(resolve, 5));
        previews.now--;
        if (fails) throw fails;
        return stackPlan({ layer, desired });
      },
    },
    cluster: { context: 'demo', server: 'https://demo:6443' },
    signal: new AbortController().signal,
    ...given,
  } as unknown as PlanSetup;
}

/** As the real ones: from what is deployed, or foreseen. */
const raise: Partial<StepBehaviour> = {
  async target({ stacks, upgrade: { steps } }) {
    const deployed = await stacks.deployed('modules');
    const id = steps.map((step) => step.id).find((one) => deployed.releases[one as 'logging'] === '1.21')!;
    return { layer: 'modules', desired: { crds: {}, releases: { ...deployed.releases, [id]: '1.22' } } };
  },
};

const plan = (steps: UpgradeStep[], given: Partial<PlanSetup> = {}) =>
  planUpgrade(setup({ upgrade: { ...upgrade, steps }, ...given }), steps);

beforeEach(() => {
  behaviours.clear();
  previews = { now: 0, most: 0, states: [], versions: [] };
  fails = undefined;
});

describe('the plan of an upgrade', () => {
  it('shows of each step what it changes by itself: they add up to the whole', async () => {
    behaviours.set('modules', raise);
    const [logging, metrics] = await plan(named('logging', 'metrics'));
    expect(logging!.stacks[0]!.changes.map(({ name }) => name)).toEqual(['logging']);
    expect(metrics!.stacks[0]!.changes.map(({ name }) => name)).toEqual(['metrics']);
    expect(previews.states[1], 'with what comes before').toContain('"logging":"1.22","metrics":"1.22"');
    expect(metrics!.disruption.restarts).toEqual(['pods of Deployment metrics']);
  });

  it('plans modules for the Kubernetes version that the controllers are at by then', async () => {
    behaviours.set('modules', raise).set('launch-templates', {
      target: async () => ({ layer: 'controllers', desired: { release: '1.22' } }),
    });
    await plan(named('logging', 'controllers', 'metrics'));
    expect(previews.versions, 'logging, controllers, metrics').toEqual([undefined, undefined, '1.22.8']);
  });

  it('previews side by side, but not more than a few at a time', async () => {
    behaviours.set('crds', raise).set('modules', raise);
    let state = 0;
    behaviours.set('modules', {
      target: async () => ({ layer: 'workers', desired: { release: '1.22', surge: state++ as never } }),
    });
    await plan(ofKind('modules'));
    expect(previews.states).toHaveLength(6);
    expect(previews.most).toBeGreaterThan(1);
    expect(previews.most).toBeLessThanOrEqual(4);
  });

  it('says what is done, with nothing to change, and plans the rest on it', async () => {
    behaviours.set('modules', { ...raise, done: async () => true });
    const [logging] = await plan(named('logging'));
    expect(logging).toMatchObject({ state: 'done', stacks: [] });
    expect(previews.states).toEqual([]);
  });

  it('names gates, what it interrupts on so many machines, and what takes it back in this environment', async () => {
    const [reboot, drain, controllers] = await plan(named('controllers-reboot', 'workers-drain', 'controllers'));
    expect(reboot!.gates).toEqual(['gate of controllers-reboot']);
    expect(reboot!.disruption.minutes, 'of three controllers').toEqual([12, 36]);
    expect(drain!.disruption.minutes, 'of four workers').toEqual([8, 40]);
    expect(controllers!.disruption.minutes).toBeUndefined();
    expect(controllers!.undo).toMatchObject({
      possible: 'yes',
      how: expect.stringContaining('Pulumi.demo-controllers.yaml'),
    });
  });

  it('plans what follows on migrated files', async () => {
    const migrated: string[] = [];
    behaviours.set('application', { run: async () => void migrated.push('application') });
    behaviours.set('gitops', {
      preview: async () => ({ notes: [`after ${migrated.join()}`], blockers: [] }),
    });
    const [, gitops] = await plan(named('application', 'gitops'));
    expect(gitops!.notes).toEqual(['after application']);
  });

  it('is blocked by what a step can’t do, with what to do about it', async () => {
    behaviours.set('application', {
      preview: async () => {
        throw new UserError('no values of 1.21', { where: 'application.yaml', fix: 'get them back' });
      },
    });
    const [application] = await plan(named('application'));
    expect(application).toMatchObject({
      state: 'blocked',
      blockers: ['no values of 1.21 (application.yaml); get them back'],
    });
    fails = new UserError('the engine failed');
    behaviours.set('modules', raise);
    expect((await plan(named('logging')))[0]).toMatchObject({ state: 'blocked', blockers: ['the engine failed'] });
  });
});

describe('the plan of an upgrade where the cluster can’t be asked', () => {
  const asks: Partial<StepBehaviour> = {
    preview: async ({ cluster }) => {
      await cluster.core.listNode();
      return { notes: ['asked'], blockers: [] };
    },
  };
  const steps = named('context', 'logging', 'workers-drain');
  beforeEach(() => {
    behaviours.set('context', asks).set('modules', raise).set('workers-drain', asks);
  });

  it('says what isn’t known, is not blocked by it, and has the changes of stacks all the same', async () => {
    const cluster = clusterAway({ context: 'demo', server: '' }, 'the cluster can’t be reached (no kubeconfig)');
    const [context, logging, drain] = await plan(steps, { cluster });
    for (const step of [context, drain])
      expect(step).toMatchObject({
        state: 'would-run',
        notes: ['not known: the cluster can’t be reached (no kubeconfig)'],
        blockers: [],
      });
    expect(logging!.stacks[0]!.changes).toHaveLength(1);
  });

  it('says so of one that doesn’t answer', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const cluster = { core: { listNode: () => Promise.reject(refused) } } as never;
    const [context, , drain] = await plan(steps, { cluster });
    expect(context!.notes).toEqual(['not known: the cluster can’t be reached (ECONNREFUSED)']);
    expect(drain!.notes).toEqual(context!.notes);
  });

  it('asks nothing of another cluster', async () => {
    behaviours.set('context', { preview: async () => ({ notes: [], blockers: ['it is cluster prod'] }) });
    const [context, , drain] = await plan(steps, { cluster: { core: { listNode: async () => [] } } as never });
    expect(context).toMatchObject({ state: 'blocked', blockers: ['it is cluster prod'] });
    expect(drain).toMatchObject({
      state: 'would-run',
      notes: ['not known: the cluster isn’t asked: it is cluster prod'],
    });
  });
});
