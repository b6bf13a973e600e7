import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Wait } from '../../../automation/live/kubernetes/health.ts';
import type { Event, EventBody } from '../../../automation/report/events.ts';
import type { StepBehaviour } from '../../../automation/upgrade/context.ts';
import { runUpgrade, type UpgradeSetup } from '../../../automation/upgrade/runner.ts';
import { UserError } from '../../../errors/index.ts';
import type { StepAction, UpgradeStep } from '../../../releases/upgrade.ts';
import { consequences } from '../../../releases/v1.22/consequences.ts';
import { upgrade } from '../../../releases/v1.22/upgrade.ts';

/** A world of three steps: what is done in it, what their gates still wait for, and what the run did. */
const world = { done: new Set<string>(), waits: {} as Record<string, Wait[]>, log: [] as string[], fail: '' };
const ids: Record<string, string> = {
  'control-plane': 'control-plane',
  'controllers-reboot': 'reboot',
  gitops: 'gitops',
};

vi.mock('../../../automation/upgrade/steps/index.ts', () => ({
  behaviourOf: ({ kind }: StepAction): StepBehaviour => {
    const id = ids[kind]!;
    return {
      done: async () => world.done.has(id),
      preview: async () => ({ notes: [], blockers: [] }),
      run: async () => {
        if (world.fail === id) throw new UserError('no quorum', { where: 'etcd' });
        world.log.push(`run ${id}`);
        world.done.add(id);
      },
      gates: () => [
        {
          name: `gate of ${id}`,
          check: async () => {
            world.log.push(`look ${id}`);
            return world.waits[id] ?? [];
          },
        },
      ],
    };
  },
}));

const steps: UpgradeStep[] = [
  {
    id: 'control-plane',
    title: 'Control plane',
    passage: '',
    ...consequences.context,
    action: { kind: 'control-plane', modules: [], restartDaemonSets: [] },
  },
  { id: 'reboot', title: 'Controllers', passage: '', ...consequences.context, action: { kind: 'controllers-reboot' } },
  { id: 'gitops', title: 'Commit', passage: '', ...consequences.context, action: { kind: 'gitops' } },
];

const events: EventBody[] = [];
function setup(): UpgradeSetup {
  return {
    environment: { name: 'demo' },
    upgrade: {
      ...upgrade,
      steps,
      knownIssues: upgrade.knownIssues.map((issue) =>
        issue.from ? { ...issue, from: 'reboot', until: 'gitops' } : issue,
      ),
    },
    stacks: { engineSeconds: 0, deployed: async () => ({ releases: {} }) },
    cluster: { apps: { listDeploymentForAllNamespaces: async () => ({ items: [] }) } },
    to: { id: '1.22' },
    options: { gateTimeoutSeconds: 1.5, crashSeconds: 1, drainTimeoutSeconds: 1, snapshotAgeSeconds: 1 },
    signal: new AbortController().signal,
    report: (event: EventBody) => events.push(event),
  } as unknown as UpgradeSetup;
}

beforeEach(() => {
  Object.assign(world, { done: new Set(), waits: {}, log: [], fail: '' });
  events.length = 0;
});
const outcome = (id: string) =>
  events.flatMap((event) => (event.type === 'step-finished' && event.id === id ? [event.outcome] : []));

describe('an upgrade run', () => {
  it('carries the steps out in order, each followed by its gate', async () => {
    const { changed } = await runUpgrade(setup(), steps);
    expect(changed).toEqual(['control-plane', 'reboot', 'gitops']);
    expect([...new Set(world.log)]).toEqual([
      'run control-plane',
      'look control-plane',
      'run reboot',
      'look reboot',
      'run gitops',
      'look gitops',
    ]);
  });

  it('goes on where the world is: done steps are not run again, but the last one’s gate is awaited again', async () => {
    world.done.add('control-plane').add('reboot');
    const { changed } = await runUpgrade(setup(), steps);
    expect(changed).toEqual(['gitops']);
    expect([...new Set(world.log)]).toEqual(['look reboot', 'run gitops', 'look gitops']);
    expect(outcome('control-plane')).toEqual(['already-done']);
  });

  it('does nothing at all when everything is done', async () => {
    for (const { id } of steps) world.done.add(id);
    expect((await runUpgrade(setup(), steps)).changed).toEqual([]);
    expect(world.log).toEqual([]);
  });

  it('says at which step it stopped, and how to go on', async () => {
    world.fail = 'reboot';
    const failure: UserError = await runUpgrade(setup(), steps).catch((error) => error);
    expect(failure.message).toBe('step reboot stopped: no quorum');
    expect(failure.where).toBe('etcd');
    expect(failure.fix).toContain('kubezero upgrade demo goes on from step reboot');
    expect(outcome('reboot')).toEqual(['failed']);
    expect(outcome('gitops')).toEqual([]);
  });

  it('tolerates what a later step brought, when an earlier run got that far and a step before it is repeated', async () => {
    world.done.add('reboot');
    const pod = { namespace: 'logging', name: 'elastic-operator-0' };
    world.waits['control-plane'] = [{ object: 'Pod logging/elastic-operator-0', reason: 'CrashLoopBackOff', pod }];
    const { tolerated } = await runUpgrade(setup(), steps);
    expect(tolerated).toEqual(['elastic-operator']);
    expect((events as Event[]).some((event) => event.type === 'tolerated' && event.step === 'control-plane')).toBe(
      true,
    );
  });
});
