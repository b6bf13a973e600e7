import { afterAll, describe, expect, it, vi } from 'vitest';
import { demoFiles } from '../worlds/files.ts';
import { different, killedEverywhere, run } from '../worlds/run.ts';
import { useVirtualTime } from '../worlds/time.ts';
import { World } from '../worlds/world.ts';

vi.mock('../../../../application/application-file.ts', async (original) =>
  (await import('../worlds/files.ts')).readOnce(await original()),
);
vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const { environment, remove } = demoFiles();
afterAll(remove);
const options = { environment };

/** Modules as 1.21 has them; `mq` is deployed and no longer enabled. */
function make(): World {
  const world = new World({ workloads: [] });
  const old = ['network', 'addons', 'logging', 'metrics', 'cert-manager', 'istio', 'mq'];
  world.stacks.outputs.modules = {
    releases: Object.fromEntries(old.map((id) => [id, '1.21'])),
    crds: { logging: '1.21', metrics: '1.21' },
    namespaces: {},
  };
  return world;
}

describe('modules', () => {
  it('go to the new release step by step; what isn’t asked for stays, and nothing is dropped', async () => {
    const world = make();
    const { error } = await run(world, ['modules'], options);
    expect(error).toBeUndefined();
    const { releases, crds } = world.stacks.outputs.modules;
    expect(releases).toMatchObject({ logging: '1.22', metrics: '1.22', 'cert-manager': '1.22', istio: '1.22' });
    expect(releases).toMatchObject({ network: '1.21', addons: '1.21', mq: '1.21' });
    expect(crds).toEqual({ logging: '1.21', metrics: '1.21' });
  });

  it('are brought their definitions first, which leaves the modules where they are', async () => {
    const world = make();
    const before = structuredClone(world.stacks.outputs.modules.releases);
    await run(world, ['crds'], options);
    expect(world.stacks.outputs.modules.crds).toMatchObject({ metrics: '1.22', istio: '1.22' });
    expect(world.stacks.outputs.modules.releases).toEqual(before);
  });

  it('are left alone by a second run', async () => {
    const world = make();
    await run(world, ['crds', 'modules'], options);
    expect((await run(world, ['crds', 'modules'], options)).effects).toEqual([]);
  });

  it('come to the same end wherever a run is killed', async () => {
    const runs = await killedEverywhere(make, ['crds', 'modules'], options);
    expect(runs.killed.length).toBeGreaterThan(8);
    expect(different(runs)).toEqual([]);
  });

  it('aren’t taken for absent where the cluster can’t be asked for a definition', async () => {
    const faults = [{ call: 'readDefinition', error: new Error('read ECONNRESET') }];
    const { effects, error } = await run(make(), ['crds'], { ...options, faults });
    expect([effects, error?.message]).toEqual([[], 'read ECONNRESET']);
  });
});
