import { appendFileSync, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { filesOf } from '../../../../automation/live/git.ts';
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

const rooms: (() => void)[] = [];
afterEach(() => {
  for (const remove of rooms.splice(0)) remove();
});

const kind = ['gitops'] as const;
const commit = 'git.commit Upgrade demo from KubeZero 1.21 to 1.22';
const previous = ({ environment }: World) => join(environment!.directory!, 'demo/application.previous.yaml');

/** application.yaml is migrated and not committed; of the modules, network is at the new release. */
function make({ previousInGit = false } = {}): World {
  const world = new World({ workloads: [] });
  const { environment, remove } = demoFiles();
  rooms.push(remove);
  world.environment = environment;
  world.git.files = filesOf({ environment, workingTree: environment.directory });
  const { application } = world.git.files;
  world.git.content = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  world.git.committed.set(application, readFileSync(application, 'utf8'));
  copyFileSync(application, previous(world));
  if (previousInGit) world.git.committed.set(previous(world), world.git.content(previous(world)));
  appendFileSync(application, '# migrated\n');
  world.stacks.outputs.modules.releases = { network: '1.22', addons: '1.21', istio: '1.21' };
  return world;
}

describe('the commit', () => {
  it('is pushed before the remaining modules follow; then the old values go', async () => {
    const world = make();
    const { effects, error } = await run(world, [...kind]);
    expect(error).toBeUndefined();
    expect(effects).toEqual([commit, 'git.push origin/main', 'stacks.configure modules', 'stacks.outputs modules']);
    expect(existsSync(previous(world))).toBe(false);
    const { releases } = world.stacks.outputs.modules;
    expect([...new Set(Object.values(releases))]).toEqual(['1.22']);
  });

  it('has the configuration of the modules as it will be', async () => {
    const world = make();
    await run(world, [...kind], { killAfter: 1 });
    expect(world.git.committed.get(world.git.files.configuration.modules)).toContain('istio: "1.22"');
  });

  it('takes the old values out of git, where a pull request brought them', async () => {
    const world = make({ previousInGit: true });
    const { effects } = await run(world, [...kind]);
    expect(effects.slice(-2)).toEqual([
      'git.commit Let the values of demo at KubeZero 1.21 go',
      'git.push origin/main',
    ]);
  });

  it('isn’t made again', async () => {
    const world = make();
    await run(world, [...kind]);
    expect((await run(world, [...kind])).effects).toEqual([]);
  });

  it.each([false, true])(
    'comes to the same end wherever a run is killed (old values in git: %s)',
    async (previousInGit) => {
      const runs = await killedEverywhere(() => make({ previousInGit }), [...kind]);
      expect(different(runs)).toEqual([]);
      expect(runs.killed).toHaveLength(previousInGit ? 6 : 4);
    },
  );

  it('that the remote refuses stops the step before any module', async () => {
    const world = make();
    world.git.behind = true;
    const { effects, error } = await run(world, [...kind]);
    expect(error?.message).toContain('git push to origin/main failed');
    expect(effects).toEqual([commit]);
    expect(existsSync(previous(world)), 'old modules are rendered from it').toBe(true);
  });

  it('isn’t taken for done where git can’t tell', async () => {
    const world = make();
    await run(world, [...kind]);
    const { effects, error } = await run(world, [...kind], {
      faults: [{ call: 'git.isPushed', error: new Error('could not resolve host') }],
    });
    expect([effects, error?.message]).toEqual([[], 'could not resolve host']);
  });
});
