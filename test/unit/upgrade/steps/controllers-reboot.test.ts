import { describe, expect, it, vi } from 'vitest';
import { different, killedEverywhere, type RunOptions, run } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import { World, type WorldOptions } from '../worlds/world.ts';

vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

/** Two pods that only controllers take, one on each, of which one has to be there. */
const proxy = { name: 'proxy', replicas: 3, minAvailable: 2, onControllers: true };
const make = (options: WorldOptions = {}) => new World({ workloads: [proxy], ...options }).raise('controllers');
const reboot = (world: World, options?: RunOptions) => run(world, ['controllers-reboot'], options);
const waited = ({ events }: Awaited<ReturnType<typeof run>>) => [
  ...new Set(
    events.flatMap((event) =>
      event.type === 'gate-waiting' ? event.waits.map(({ object, reason }) => `${object}: ${reason}`) : [],
    ),
  ),
];

describe('the controllers', () => {
  it('are drained and replaced one by one, each with its volume, and never without quorum', async () => {
    const world = make();
    const { changed, effects } = await reboot(world);
    expect(changed).toEqual(['controllers-reboot']);
    expect(effects.filter((effect) => effect.startsWith('aws.'))).toEqual([
      'aws.replaceInstance i-0001',
      'aws.replaceInstance i-0002',
      'aws.replaceInstance i-0003',
    ]);
    expect(world.harm).toEqual([]);
    const [a, b, c] = [...world.nodes.nodes.values()].filter(({ controller }) => controller);
    for (const node of [a, b, c]) expect(node).toMatchObject({ version: '1.22.8', ready: true, unschedulable: false });
    expect([...world.volumes].map(([, { attachedTo }]) => attachedTo)).toEqual([a!.machine, b!.machine, c!.machine]);
  });

  it('are left alone by a second run', async () => {
    const world = make();
    await reboot(world);
    const { changed, effects, error } = await reboot(world);
    expect([changed, effects, error]).toEqual([[], [], undefined]);
  });

  it.each([1, 3, 5])('may be %i: a single one is replaced too, its volume has the data', async (controllers) => {
    const world = make({ controllers, workloads: [] });
    expect((await reboot(world)).error).toBeUndefined();
    expect([world.terminated.length, world.harm]).toEqual([controllers, []]);
  });

  it('come to the same end wherever a run is killed, once a replaced one is seen to be away', async () => {
    const runs = await killedEverywhere(make, ['controllers-reboot'], { pause: 9 });
    expect(runs.killed.length, 'kills').toBeGreaterThan(8);
    expect(different(runs)).toEqual([]);
    for (const { end } of runs.killed) expect(end.terminated).toEqual(['i-0001', 'i-0002', 'i-0003']);
  });
});

describe('a controller isn’t touched', () => {
  const untouched = async (world: World, options: RunOptions = {}) => {
    const outcome = await reboot(world, { options: { gateTimeoutSeconds: 20 }, ...options });
    expect([world.terminated, world.harm]).toEqual([[], []]);
    return outcome;
  };

  it('while another one’s etcd member doesn’t answer', async () => {
    const world = make();
    world.nodes.pods.get('etcd-demo-controller-c')!.ready = false;
    const { error } = await untouched(world);
    expect(error?.message).toContain('Pod kube-system/etcd-demo-controller-c: NotReady');
  });

  it('while another one’s etcd member isn’t there, though the node was drained by a killed run', async () => {
    const world = make();
    world.nodes.nodes.get('demo-controller-a')!.unschedulable = true;
    world.nodes.pods.delete('etcd-demo-controller-c');
    const { error } = await untouched(world);
    expect(error?.message).toContain('gate "control plane whole');
    expect(error?.message).toContain('Pod kube-system/etcd-demo-controller-c: not there');
  });

  it('while a pod anywhere isn’t running', async () => {
    const world = make({ workloads: [proxy, { name: 'web', replicas: 1 }] });
    [...world.nodes.pods.values()].find(({ owner }) => owner === 'web')!.ready = false;
    const { error, effects } = await untouched(world);
    expect(error?.message).toContain('gate "all pods running"');
    expect(effects).toEqual([]);
  });

  it.each([
    ['is attached to nothing', { zone: 'a' }, 'attached to nothing, not i-0001'],
    ['is another machine’s', { zone: 'a', attachedTo: 'i-0099' }, 'attached to i-0099, not i-0001'],
    ['lies in another zone', { zone: 'b', attachedTo: 'i-0001' }, 'is in b, not a'],
  ])('while its etcd volume %s', async (_, volume, reason) => {
    const world = make();
    world.volumes.set('vol-a', volume);
    const { error } = await untouched(world);
    expect(error?.message).toContain(`Volume vol-a: ${reason}`);
  });

  it('where its etcd volume isn’t there', async () => {
    const world = make();
    world.volumes.delete('vol-a');
    expect((await untouched(world)).error?.message).toContain('Volume vol-a: not there');
  });

  it('while a budget keeps its pods', async () => {
    const world = make({ workloads: [{ ...proxy, minAvailable: 3 }] });
    const { error } = await untouched(world, { options: { drainTimeoutSeconds: 10 } });
    expect(error?.message).toMatch(/node demo-controller-a can't be drained: .*PodDisruptionBudget/);
  });

  it('while what was evicted doesn’t run elsewhere', async () => {
    const world = make({ controllers: 3, workloads: [{ ...proxy, replicas: 2, minAvailable: 1 }] });
    const slow = { onEvent: (event: { type: string }) => event.type === 'action' && world.nodes.stall('proxy') };
    const { error } = await untouched(world, { ...slow, options: { gateTimeoutSeconds: 20 } });
    expect(error?.message).toContain('gate "evicted pods running elsewhere"');
  });
});

describe('the next controller waits', () => {
  it('until the one before has joined, with its volume and every member healthy', async () => {
    const world = make({ workloads: [] });
    let others: (string | undefined)[] = [];
    const outcome = await reboot(world, {
      onEvent: (event) => {
        if (event.type !== 'action' || event.what !== 'drain' || event.object === 'Node demo-controller-a') return;
        others.push(`${world.nodes.healthyMembers().length} healthy`);
      },
    });
    expect(others).toEqual(['3 healthy', '3 healthy']);
    others = waited(outcome);
    expect(others).toContain('Auto Scaling group of a: no machine yet');
    expect(others).toContain('Node demo-controller-a: still the node of the old machine');
  });

  it('and isn’t touched where the new machine doesn’t come', async () => {
    const world = make({ workloads: [] });
    const outcome = await reboot(world, {
      options: { gateTimeoutSeconds: 60 },
      onEvent: () => world.groups.get('demo-controller-a').suspended.add('Launch'),
    });
    expect(outcome.error?.message).toContain('Auto Scaling group of a: no machine yet');
    expect([world.terminated, world.harm]).toEqual([['i-0001'], []]);
  });

  it('for a controller that a killed run has drained: that one comes first', async () => {
    const world = make();
    world.nodes.nodes.get('demo-controller-c')!.unschedulable = true;
    await reboot(world);
    expect(world.terminated).toEqual(['i-0003', 'i-0001', 'i-0002']);
    expect(world.harm).toEqual([]);
  });
});

describe('what can’t be read', () => {
  const calls = ['aws.instancesOfGroup', 'aws.volume', 'readNode', 'listNode', 'listPod', 'stacks.deployed'];
  it.each(calls)('of %s isn’t taken for absence: a second run ends as without', async (call) => {
    for (const skip of [0, 1, 3, 7, 15, 40]) {
      const world = make();
      const error = call.includes('.') ? throttled : new Error('read ECONNRESET');
      await reboot(world, { faults: [{ call, error, times: 1, skip }] });
      expect(world.harm, `call ${skip}`).toEqual([]);
      world.clock.pass(30);
      await reboot(world);
      expect([world.harm, world.terminated], `call ${skip}`).toEqual([[], ['i-0001', 'i-0002', 'i-0003']]);
    }
  });

  it('is no node that may go undrained', async () => {
    const world = make();
    await reboot(world, { faults: [{ call: 'readNode', error: new Error('read ECONNRESET') }] });
    expect([world.terminated, world.harm]).toEqual([[], []]);
  });
});

describe('not yet: quorum', () => {
  // For a while the API shows the machine that was just terminated as Ready, its etcd member too. The run that
  // terminated it waits for the new machine; the next run only looks at pods, and goes on with the next controller.
  it.fails('is kept by a run that follows right after one that was killed at a replacement', async () => {
    const world = make({ workloads: [] });
    const first = await reboot(world, { killAfter: 2 });
    expect(first.effects.at(-1)).toBe('aws.replaceInstance i-0001');
    await reboot(world, { options: { gateTimeoutSeconds: 30 } });
    expect(world.harm).toEqual([]);
  });

  // The members are looked at before the drain, which may take a quarter of an hour, and not again before the machine
  // is terminated: pods that are gone with their node aren't unhealthy.
  it.fails('is kept where another controller fails while one is drained', async () => {
    const world = make({ workloads: [] });
    await reboot(world, {
      options: { gateTimeoutSeconds: 30 },
      onEvent: (event) => {
        if (event.type !== 'action' || event.what !== 'drain') return;
        world.fail('i-0003');
        world.nodes.remove('demo-controller-c');
      },
    });
    expect(world.harm).toEqual([]);
  });
});
