import { describe, expect, it, vi } from 'vitest';
import { different, killedEverywhere, run } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import { World } from '../worlds/world.ts';

vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const steps = ['workers-surge', 'workers-drain', 'workers-reset'] as const;
const web = { name: 'web', replicas: 2, minAvailable: 1 };
/** Controllers are through, and every worker group has its new launch template: what comes is step 8. */
const make = (workloads = [web]) => new World({ newControllers: true, workloads }).raise('workers');
const old = ['i-0004', 'i-0005'];

describe('the workers', () => {
  it('are doubled, drained one by one, and exactly the old ones are terminated', async () => {
    const world = make();
    const { changed, effects } = await run(world, [...steps]);
    expect(changed).toEqual(steps);
    expect(effects.map((effect) => effect.split(' ')[0])).toEqual([
      'aws.suspendProcesses',
      'stacks.configure',
      'stacks.resize',
      'stacks.outputs',
      'patchNode',
      'patchNode',
      'evict',
      'evict',
      'aws.protectFromScaleIn',
      'aws.terminateAndDecrement',
      'aws.terminateAndDecrement',
      'stacks.configure',
      'stacks.resize',
      'stacks.outputs',
      'git.commit',
      'git.push',
      'aws.protectFromScaleIn',
      'aws.resumeProcesses',
    ]);
    expect(world.terminated).toEqual(old);
    expect(world.harm).toEqual([]);
    expect(world.groups.get('demo-general')).toMatchObject({ desired: 2, min: 1, max: 4 });
    expect(world.groups.live('demo-general').map(({ version }) => version)).toEqual([2, 2]);
  });

  it('are left alone by a second run', async () => {
    const world = make();
    await run(world, [...steps]);
    const { changed, effects, error } = await run(world, [...steps]);
    expect([changed, effects, error]).toEqual([[], [], undefined]);
  });

  it('come to the same end wherever a run is killed, until the doubling is taken back', async () => {
    const runs = await killedEverywhere(() => make(), [...steps]);
    const last = runs.killed.findLastIndex(({ after }) => after.startsWith('stacks.resize'));
    expect(different({ ...runs, killed: runs.killed.slice(0, last + 1) })).toEqual([]);
    expect(last, 'kills').toBe(12);
  });

  it('come to no harm wherever a run is killed, also long after', async () => {
    for (const pause of [0, 60]) {
      const { killed } = await killedEverywhere(() => make(), [...steps], { pause });
      for (const { after, end } of killed) {
        expect(end.harm, after).toEqual([]);
        expect(end.machines, `${after}: machines that ever were`).toBe(7);
        expect(end.terminated, after).toEqual(old);
      }
    }
  });
});

describe('doubling the workers', () => {
  it('is over only when every new machine has joined', async () => {
    const world = make();
    const { events } = await run(world, ['workers-surge']);
    const waits = events.flatMap((event) => (event.type === 'gate-waiting' ? event.waits : []));
    expect([...new Set(waits.map(({ object, reason }) => `${object}: ${reason}`))]).toEqual([
      'Auto Scaling group demo-general: 0 of 2 new machines',
      'Instance i-0006: hasn’t joined yet (Pending)',
      'Instance i-0007: hasn’t joined yet (Pending)',
    ]);
    expect(world.groups.get('demo-general')).toMatchObject({ desired: 4, max: 8 });
    expect([...world.groups.get('demo-general').suspended].sort()).toEqual([
      'AZRebalance',
      'AlarmNotification',
      'ScheduledActions',
    ]);
  });

  it('gives up where the new machines don’t come, and terminates nothing', async () => {
    const world = make();
    world.groups.get('demo-general').suspended.add('Launch');
    const { error } = await run(world, [...steps]);
    expect(error?.message).toContain('Auto Scaling group demo-general: 0 of 2 new machines');
    expect([world.terminated, world.harm]).toEqual([[], []]);
  });
});

describe('draining the old workers', () => {
  const surged = async (workloads = [web]) => {
    const world = make(workloads);
    await run(world, ['workers-surge']);
    return world;
  };

  it('cordons all before the first eviction: nothing moves onto the next one', async () => {
    const world = await surged();
    const { effects } = await run(world, ['workers-drain']);
    expect(effects).toEqual(['patchNode node-i-0004', 'patchNode node-i-0005', 'evict web-1', 'evict web-2']);
    expect([...world.nodes.pods.values()].filter(({ owner }) => owner === 'web').map(({ node }) => node)).toEqual([
      'node-i-0006',
      'node-i-0007',
    ]);
  });

  it('waits for a new machine that has failed since: its pods would have nowhere to go', async () => {
    const world = await surged();
    world.fail('i-0006');
    world.clock.pass(10);
    const ready: number[] = [];
    const { error } = await run(world, ['workers-drain'], {
      onEvent: (event) => {
        if (event.type !== 'action') return;
        const fresh = [...world.nodes.nodes.values()].filter((node) => !node.controller && node.version === '1.22.8');
        ready.push(fresh.filter((node) => node.up).length);
      },
    });
    expect(error).toBeUndefined();
    expect(ready, 'new machines that run, at each drain').toEqual([2, 2]);
  });

  it('stops at a budget that lets no pod go, and goes on when it does', async () => {
    const stuck = { name: 'stuck', replicas: 1, minAvailable: 1 };
    const world = await surged([web, stuck]);
    const { error } = await run(world, ['workers-drain', 'workers-reset']);
    expect(error?.message).toMatch(/can't be drained: Pod shop\/stuck-\d+ \(held by a PodDisruptionBudget: 429/);
    expect([world.terminated, world.harm]).toEqual([[], []]);
    stuck.minAvailable = 0;
    await run(world, ['workers-drain', 'workers-reset']);
    expect([world.terminated, world.harm]).toEqual([old, []]);
  });

  it('stops where pods of a machine that is off can’t end, and terminates nothing', async () => {
    const world = await surged();
    world.nodes.lose('i-0004');
    world.clock.pass(20);
    const { error } = await run(world, ['workers-drain', 'workers-reset']);
    expect(error?.message).toContain("node node-i-0004 can't be drained");
    expect(world.terminated).toEqual([]);
  });

  it('leaves a pod that would come back at once: it moves when the machine goes', async () => {
    const world = await surged([web, { name: 'operator', replicas: 6, toleratesCordon: true } as never]);
    const { error } = await run(world, ['workers-drain', 'workers-reset'], { options: { drainTimeoutSeconds: 10 } });
    expect(error).toBeUndefined();
    expect([world.terminated, world.harm]).toEqual([old, []]);
  });
});

describe('resetting the workers', () => {
  it('stops at the minimum size: no machine goes that the group would replace', async () => {
    const world = new World({ newControllers: true, workers: { general: { desired: 2, min: 2 } } }).raise('workers');
    await run(world, ['workers-surge', 'workers-drain']);
    world.groups.get('demo-general').min = 4;
    const { error } = await run(world, ['workers-reset']);
    expect(error?.message).toContain('is at its minimum size');
    expect(world.groups.live('demo-general')).toHaveLength(4);
  });

  it('isn’t done while a live size isn’t the file’s', async () => {
    const world = make();
    await run(world, [...steps]);
    world.groups.resize('demo-general', { max: 7 });
    const { error } = await run(world, ['workers-reset']);
    expect(error?.message).toContain('Auto Scaling group demo-general: max is 7, not 4');
  });
});

describe('what can’t be read', () => {
  const calls = ['aws.instancesOfGroup', 'aws.describeGroup', 'listNode', 'listPod', 'readNode', 'stacks.deployed'];
  it.each(calls)(
    'of %s isn’t taken for absence: the run stops or waits, and a second one ends as without',
    async (call) => {
      const whole = make();
      await run(whole, [...steps]);
      for (const skip of [0, 1, 2, 5, 9, 20, 40]) {
        const world = make();
        const error = call.includes('.') ? throttled : new Error('read ECONNRESET');
        await run(world, [...steps], { faults: [{ call, error, times: 1, skip }] });
        expect(world.harm, `call ${skip}`).toEqual([]);
        await run(world, [...steps]);
        expect([world.harm, world.terminated, world.groups.machines.size], `call ${skip}`).toEqual([[], old, 7]);
      }
    },
  );
});
