import { describe, expect, it, vi } from 'vitest';
import { different, killedEverywhere, run } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import { World } from '../worlds/world.ts';

vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const make = () => new World({ workers: { general: { desired: 2 }, neuron: { desired: 1 } } });
const kind = ['launch-templates'] as const;
/** Runs to the end of both steps; a step like the reboot comes after them. */
const next = [...kind, 'controllers-reboot'] as const;
const short = { options: { gateTimeoutSeconds: 8 } };

describe('new launch templates', () => {
  it('are made for every group, and replace no machine', async () => {
    const world = make();
    const { changed } = await run(world, [...kind]);
    expect(changed).toEqual(['controllers', 'workers']);
    expect([...world.groups.groups.values()].map(({ templateVersion }) => templateVersion)).toEqual([2, 2, 2, 2, 2]);
    expect([...world.groups.machines.values()].map(({ version }) => version)).toEqual([1, 1, 1, 1, 1, 1]);
    const { controllers, workers } = world.stacks.outputs;
    expect([controllers.release, workers.release, workers.surge]).toEqual(['1.22', '1.22', false]);
  });

  it('aren’t made again', async () => {
    const world = make();
    await run(world, [...kind]);
    expect((await run(world, [...kind])).effects).toEqual([]);
  });

  it('leave a doubling as it is, where the new workers came first', async () => {
    const world = make();
    world.stacks.outputs.workers.surge = true;
    for (const [name, { sizes }] of world.stacks.recorded) if (name.startsWith('demo-ge')) sizes.desired = 4;
    await run(world, [...kind]);
    expect(world.stacks.outputs.workers.surge).toBe(true);
  });

  it('come to the same end wherever a run is killed', async () => {
    const runs = await killedEverywhere(make, [...kind]);
    expect(different(runs)).toEqual([]);
    expect(runs.killed).toHaveLength(9);
  });
});

describe('no machine replaced yet', () => {
  const first = 'aws.replaceInstance';

  it('holds the next step back where the update itself replaces a machine', async () => {
    const world = make();
    const { error } = await run(world, [...next], {
      ...short,
      onEvent: ({ type }) => type === 'step-started' && world.fail('i-0004'),
    });
    expect(error?.message).toContain('Auto Scaling group demo-general: ');
    expect(error?.message).toContain('gate "no machine replaced yet"');
  });

  it('holds it back just the same where the run was killed in between', async () => {
    const world = make();
    const killed = await run(world, [...kind], { killAfter: 9 });
    expect(killed.effects.at(-1)).toBe('stacks.outputs workers');
    world.fail('i-0004');
    const { error, effects } = await run(world, [...next], short);
    expect(error?.message).toMatch(
      /gate "no machine replaced yet" .*\n {2}Auto Scaling group demo-general: i-0007 takes/,
    );
    expect(effects.filter((effect) => effect.startsWith(first))).toEqual([]);
  });

  it('waits for a machine that is missing, before there is another one', async () => {
    const world = make();
    await run(world, [...kind], { killAfter: 9 });
    world.groups.get('demo-controller-b').suspended.add('Launch');
    world.groups.get('demo-general').suspended.add('Launch');
    world.fail('i-0004');
    const { error } = await run(world, [...next], short);
    expect(error?.message).toContain('Auto Scaling group demo-general: 1 of 2 machines');
  });

  it('opens again once a machine that failed has its successor in the cluster', async () => {
    const world = make();
    await run(world, [...kind], { killAfter: 9 });
    world.fail('i-0004');
    world.clock.pass(60);
    const { error } = await run(world, [...next]);
    expect(error).toBeUndefined();
    expect(world.harm).toEqual([]);
  });

  it('is not said of groups that can’t be read', async () => {
    const world = make();
    const faults = [{ call: 'aws.instancesOfGroup', error: throttled }];
    const { error } = await run(world, [...kind], { faults });
    expect(error?.message).toContain('Rate exceeded');
  });
});
