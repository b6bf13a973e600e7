import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../worlds/run.ts';
import { useVirtualTime } from '../worlds/time.ts';
import { World } from '../worlds/world.ts';

vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const runs = { numRuns: 15 };
const workerSteps = ['workers-surge', 'workers-drain', 'workers-reset'] as const;

/** Runs that die, each after some changes, and the seconds until the next one. */
const kills = (pause: fc.Arbitrary<number>) =>
  fc.array(fc.record({ after: fc.integer({ min: 1, max: 12 }), pause }), { maxLength: 3 });

const groups = fc.dictionary(
  fc.constantFrom('general', 'neuron', 'spot'),
  fc
    .record({
      desired: fc.integer({ min: 1, max: 3 }),
      min: fc.integer({ min: 0, max: 1 }),
      room: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ desired, min, room }) => ({ desired, min, max: desired + room })),
  { minKeys: 1 },
);

/** Workloads whose budget lets at least one pod go. */
const workloads = fc
  .array(fc.record({ replicas: fc.integer({ min: 1, max: 4 }), spare: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 3,
  })
  .map((list) =>
    list.map(({ replicas, spare }, index) => ({
      name: `app${index}`,
      replicas,
      minAvailable: Math.max(0, replicas - spare),
    })),
  );

describe('workers, whatever the groups, the workloads and the kills', () => {
  it('are all replaced, each once, drained, and the groups are as the files say', async () => {
    await fc.assert(
      fc.asyncProperty(groups, workloads, kills(fc.integer({ min: 0, max: 60 })), async (workers, apps, deaths) => {
        const world = new World({ newControllers: true, workers, workloads: apps }).raise('workers');
        const names = Object.keys(workers).map((name) => `demo-${name}`);
        const old = names.flatMap((name) => world.groups.live(name).map(({ id }) => id));
        for (const { after, pause } of deaths) {
          await run(world, [...workerSteps], { killAfter: after });
          world.clock.pass(pause);
        }
        const { error } = await run(world, [...workerSteps]);
        expect(error).toBeUndefined();
        expect(world.harm).toEqual([]);
        expect([...world.terminated].sort()).toEqual(old.sort());
        for (const [name, sizes] of Object.entries(workers)) {
          expect(world.groups.get(`demo-${name}`)).toMatchObject(sizes);
          expect(world.groups.live(`demo-${name}`).map(({ version }) => version)).toEqual(Array(sizes.desired).fill(2));
        }
      }),
      runs,
    );
  });

  it('are never terminated while a budget lets no pod go', async () => {
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 1, max: 3 }), async (workers, replicas) => {
        const stuck = { name: 'stuck', replicas, minAvailable: replicas };
        const world = new World({ newControllers: true, workers, workloads: [stuck] }).raise('workers');
        const { error } = await run(world, [...workerSteps], { options: { drainTimeoutSeconds: 5 } });
        expect(error?.message).toContain('PodDisruptionBudget');
        expect([world.terminated, world.harm]).toEqual([[], []]);
      }),
      runs,
    );
  });
});

describe('controllers, whatever runs on them and the kills', () => {
  const count = fc.constantFrom(1, 3);
  // Sooner after a kill, the API still shows the machine that was terminated as Ready.
  const seen = fc.integer({ min: 9, max: 60 });

  it('are all replaced, each once, never without quorum', async () => {
    await fc.assert(
      fc.asyncProperty(count, workloads, kills(seen), async (controllers, apps, deaths) => {
        const onControllers = apps.map((app) => ({
          ...app,
          replicas: Math.min(app.replicas, controllers),
          minAvailable: Math.min(app.minAvailable, controllers - 1),
          onControllers: true,
        }));
        const world = new World({ controllers, workloads: onControllers }).raise('controllers');
        for (const { after, pause } of deaths) {
          await run(world, ['controllers-reboot'], { killAfter: after });
          world.clock.pass(pause);
        }
        expect(await untilAnswered(world)).toBeUndefined();
        expect(world.harm).toEqual([]);
        const old = Array.from({ length: controllers }, (_, index) => `i-000${index + 1}`);
        expect([...world.terminated].sort()).toEqual(old);
        // A run that goes on after a kill may end before the last one has joined (controllers-reboot.test.ts has that as a fault).
        world.clock.pass(120);
        expect(world.nodes.healthyMembers()).toHaveLength(controllers);
      }),
      runs,
    );
  });

  /** A run may begin while the only controller is away: then it ends with what the API says, and the next one goes on. */
  async function untilAnswered(world: World): Promise<Error | undefined> {
    const { error } = await run(world, ['controllers-reboot']);
    if (!error?.message.includes('etcdserver: no leader')) return error;
    world.clock.pass(60);
    return (await run(world, ['controllers-reboot'])).error;
  }

  it('are left alone while any member of etcd doesn’t answer, or isn’t there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('a', 'b', 'c'), fc.boolean(), fc.boolean(), async (zone, there, cordoned) => {
        const world = new World({ workloads: [] }).raise('controllers');
        const member = `etcd-demo-controller-${zone}`;
        if (there) world.nodes.pods.get(member)!.ready = false;
        else world.nodes.pods.delete(member);
        world.nodes.nodes.get('demo-controller-b')!.unschedulable = cordoned;
        const { error } = await run(world, ['controllers-reboot'], { options: { gateTimeoutSeconds: 5 } });
        expect(error?.message).toContain(member);
        expect([world.terminated, world.harm]).toEqual([[], []]);
      }),
      { numRuns: 12 },
    );
  });
});
