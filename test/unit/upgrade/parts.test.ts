import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Wait } from '../../../automation/live/kubernetes/health.ts';
import { summaryOf } from '../../../automation/operations/upgrade/summary.ts';
import type { EventBody } from '../../../automation/report/events.ts';
import type { StepBehaviour } from '../../../automation/upgrade/context.ts';
import { orderedSteps } from '../../../automation/upgrade/order.ts';
import { commandOf, runUpgrade, type UpgradeSetup } from '../../../automation/upgrade/runner.ts';
import { type AskedSteps, selectSteps } from '../../../automation/upgrade/selection.ts';
import { exitCode, UserError } from '../../../errors/index.ts';
import type { StepAction } from '../../../releases/upgrade.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';

/** A world in which the known issues come and go with the steps, as the release notes say. */
const world = { done: new Set<string>(), log: [] as string[], killedAtGateOf: '' };
const ids = upgrade.steps.map(({ id }) => id);
const changing = ids.slice(2);

function waits(): Wait[] {
  const { done } = world;
  const crash = (namespace: string, name: string, reason: string): Wait => ({
    object: `Pod ${namespace}/${name}`,
    reason,
    pod: { namespace, name },
  });
  return [
    ...(done.has('logging') && !done.has('controllers-reboot')
      ? [crash('logging', 'elastic-operator-0', 'CrashLoopBackOff')]
      : []),
    ...(done.has('istio-private-ingress') && !done.has('workers-drain')
      ? [crash('istio-ingress', 'istio-ingressgateway-5b4-x2', 'SysctlForbidden')]
      : []),
  ];
}

vi.mock('node:timers/promises', () => ({
  setTimeout: () => new Promise((resolve) => setImmediate(resolve)),
}));
vi.mock('../../../automation/upgrade/steps/index.ts', () => ({
  behaviourOf: (action: StepAction): StepBehaviour => {
    const { id } = upgrade.steps.find((step) => step.action === action)!;
    const looks = action.kind === 'context' || action.kind === 'preconditions';
    return {
      done: async () => !looks && world.done.has(id),
      preview: async () => ({ notes: [], blockers: [] }),
      run: async () => {
        world.log.push(`run ${id}`);
        if (!looks) world.done.add(id);
      },
      gates: () =>
        looks
          ? []
          : [
              {
                name: `pods after ${id}`,
                check: async () => {
                  if (world.log.at(-1) !== `look ${id}`) world.log.push(`look ${id}`);
                  if (world.killedAtGateOf === id) throw new UserError('killed');
                  return waits();
                },
              },
            ],
    };
  },
}));

const events: EventBody[] = [];
const setup = {
  environment: { name: 'demo' },
  upgrade,
  stacks: { engineSeconds: 0, deployed: async () => ({ releases: {} }) },
  cluster: {
    apps: {
      listDeploymentForAllNamespaces: async () => ({
        items: [
          { metadata: { namespace: 'istio-ingress', name: 'istio-ingressgateway' }, status: { availableReplicas: 2 } },
        ],
      }),
    },
  },
  to: { id: '1.22' },
  options: { gateTimeoutSeconds: 0.2, crashSeconds: 0.1, drainTimeoutSeconds: 1, snapshotAgeSeconds: 1 },
  signal: new AbortController().signal,
  report: (event: EventBody) => events.push(event),
} as unknown as UpgradeSetup;

const run = (asked: AskedSteps = {}) => runUpgrade(setup, upgrade.steps, asked);
const refusal = async (asked: AskedSteps): Promise<UserError> => {
  try {
    await run(asked);
  } catch (error) {
    return error as UserError;
  }
  throw new Error('was not refused');
};
const ran = () => world.log.filter((line) => line.startsWith('run ')).map((line) => line.slice(4));

beforeEach(() => {
  Object.assign(world, { done: new Set(), log: [], killedAtGateOf: '' });
  events.length = 0;
});

describe('an upgrade in two parts', () => {
  it.each(changing.slice(0, -1))('may be parted after %s', async (last) => {
    const next = ids[ids.indexOf(last) + 1]!;
    const first = await run({ until: last });
    expect(first.next).toBe(next);
    expect(ran()).toEqual(ids.slice(0, ids.indexOf(next)));

    world.log.length = 0;
    const second = await run({ from: next });
    expect(second.next).toBeUndefined();
    expect(ran()).toEqual(['context', 'preconditions', ...ids.slice(ids.indexOf(next))]);
    expect(world.log[2], 'gates of the last step that was done').toBe(`look ${last}`);
    // Whatever the place: what is tolerated in one run is in two, and nothing else.
    expect([...new Set([...first.tolerated, ...second.tolerated])].sort()).toEqual([
      'elastic-operator',
      'gateway-sysctl',
    ]);
  });
});

describe('an upgrade step by step', () => {
  it('runs each alone, after the context and the preconditions', async () => {
    for (const id of changing) {
      world.log.length = 0;
      await run({ only: id });
      expect(ran()).toEqual(['context', 'preconditions', id]);
    }
    expect(await run()).toMatchObject({ changed: [] });
  });

  it('looks at the context alone, and at the preconditions alone', async () => {
    await run({ until: 'context' });
    expect(ran()).toEqual(['context']);
    expect(await run({ only: 'preconditions' })).toMatchObject({ next: 'application', changed: [] });
    expect(ran()).toEqual(['context', 'context', 'preconditions']);
  });

  it('lists only what it is about', async () => {
    await run({ until: 'logging' });
    const pending = events.flatMap((event) => (event.type === 'step-pending' ? [event.id] : []));
    expect(pending).toEqual(ids.slice(0, ids.indexOf('logging') + 1));
  });

  it('awaits the gates of its last step again, where that is done: it may have been killed there', async () => {
    world.killedAtGateOf = 'logging';
    await refusal({ until: 'logging' });
    world.killedAtGateOf = '';
    world.log.length = 0;
    const { changed, next } = await run({ until: 'logging' });
    expect([changed, next]).toEqual([[], 'metrics-crds']);
    expect(world.log).toEqual(['run context', 'run preconditions', 'look logging']);
  });

  it('names as next what isn’t done yet, past what an earlier run did', async () => {
    for (const id of ['logging-crds', 'logging', 'metrics-crds']) world.done.add(id);
    expect((await run({ until: 'application' })).next).toBe('metrics');
  });
});

describe('a step whose time hasn’t come', () => {
  it.each([{ only: 'crds' }, { from: 'crds' }, { from: 'crds', until: 'istio' }])(
    'is refused before anything is changed: %j',
    async (asked) => {
      await run({ until: 'metrics' });
      world.log.length = 0;
      expect(await refusal(asked)).toMatchObject({
        message: 'step control-plane isn’t done, and crds comes after it',
        fix: 'run: kubezero upgrade demo --to 1.22 --only control-plane',
        exitCode: exitCode.blocked,
      });
      expect(ran()).toEqual(['context']);
    },
  );
});

describe('steps asked for', () => {
  const refused = (asked: AskedSteps): UserError => {
    try {
      selectSteps(upgrade.steps, asked);
    } catch (error) {
      return error as UserError;
    }
    throw new Error('was not refused');
  };

  it('are named as they are in the list; the nearest is offered', () => {
    const error = refused({ until: 'controler-reboot' });
    expect(error).toMatchObject({ message: 'there is no step controler-reboot: --until', exitCode: exitCode.usage });
    expect(error.fix).toBe(`did you mean controllers-reboot? Steps are: ${ids.join(', ')}`);
    expect(refused({ only: 'everything' }).fix).toBe(`Steps are: ${ids.join(', ')}`);
  });

  it.each([
    [{ only: 'crds', until: 'istio' }, '--only and --until exclude each other'],
    [{ only: 'crds', from: 'crds' }, '--only and --from exclude each other'],
    [{ from: 'istio', until: 'crds' }, '--from istio comes after --until crds'],
  ])('can’t contradict each other: %j', (asked, message) => {
    expect(refused(asked).message).toBe(message);
  });
});

describe('what is said at the end', () => {
  const told = { environment: 'demo', to: '1.22', seconds: 20, again: commandOf(setup) };
  const result = { changed: ['crds'], tolerated: [], timing: {} as never };

  it('is what is left', () => {
    expect(summaryOf({ ...result, next: 'crds' }, { until: 'controllers-reboot' }, told)).toBe(
      'demo: stopped after controllers-reboot as asked (1 step in 20 s); next: crds; run: kubezero upgrade demo --to 1.22 --from crds',
    );
    expect(summaryOf({ ...result, changed: [], next: 'crds' }, { only: 'workers' }, told)).toBe(
      'demo: workers was done already; next: crds; run: kubezero upgrade demo --to 1.22 --from crds',
    );
  });

  it('keeps to the order that was asked for', () => {
    const steps = orderedSteps(upgrade, { surgeFirst: true });
    expect(commandOf({ ...setup, upgrade: { ...upgrade, steps } })).toBe(
      'kubezero upgrade demo --to 1.22 --surge-first',
    );
  });

  it('is that the environment is there, where nothing is left', () => {
    expect(summaryOf(result, { only: 'workers-reset' }, told)).toBe('demo is at 1.22: 1 step in 20 s');
    expect(summaryOf({ ...result, changed: [] }, {}, told)).toBe('demo is at 1.22 already, nothing to do');
  });
});
