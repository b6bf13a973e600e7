import { describe, expect, it, vi } from 'vitest';
import { backupProblem, runBackup } from '../../../../automation/upgrade/backup.ts';
import { controlPlaneWorld, type Programs } from '../worlds/control-plane.ts';
import { contextOf, type RunOptions } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import type { World } from '../worlds/world.ts';

vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const backUp = async (world: World, options?: RunOptions) => {
  const { context, effects } = contextOf(world, options);
  const error: Error | undefined = await runBackup(context).then(
    () => undefined,
    (reason) => reason,
  );
  return { effects, error };
};
const problem = (world: World, options?: RunOptions) => backupProblem(contextOf(world, options).context);

describe('a backup', () => {
  it('is the CronJob’s, run now; over when a new one is in the bucket', async () => {
    const world = controlPlaneWorld();
    const { effects, error } = await backUp(world);
    expect([effects, error]).toEqual([['createJob backup-cluster-now', 'deleteJob backup-cluster-now'], undefined]);
    expect(await problem(world)).toBeUndefined();
  });

  it('is made anew wherever a run is killed; none of its jobs is left', async () => {
    for (const killAfter of [1, 2]) {
      const world = controlPlaneWorld();
      await backUp(world, { killAfter });
      world.clock.pass(30);
      const second = await backUp(world);
      expect([second.error, world.objects.find('Job', 'backup-cluster-now')]).toEqual([undefined, undefined]);
      expect(await problem(world)).toBeUndefined();
    }
  });

  it.each([
    ['its job fails', { backupFails: 'no space left' }, 'the etcd backup failed: no space left'],
    ['no new one is there', { backupLeavesNothing: true }, 'latest.json in the bucket names no new backup'],
  ] as [string, Programs, string][])('failed where %s', async (_, programs, message) => {
    const world = controlPlaneWorld(programs);
    world.backupAt = world.clock.now - 10_000;
    expect((await backUp(world)).error?.message).toContain(message);
    expect(world.objects.find('Job', 'backup-cluster-now'), 'kept for its log').toBeDefined();
  });

  it('is given up after its time', async () => {
    const world = controlPlaneWorld();
    world.jobStarted = () => undefined;
    expect((await backUp(world)).error?.message).toContain("isn't done after 11 minutes");
  });

  it('isn’t possible where none is configured', async () => {
    const world = controlPlaneWorld();
    world.objects.delete('CronJob', 'kubezero-backup');
    world.clock.pass(2);
    expect((await backUp(world)).error?.message).toContain('backups of etcd are not configured');
  });

  it('isn’t begun where the bucket can’t be read', async () => {
    const faults = [{ call: 'aws.latestBackup', error: throttled }];
    const { effects, error } = await backUp(controlPlaneWorld(), { faults });
    expect([effects, error]).toEqual([[], throttled]);
  });
});

describe('the newest backup won’t do', () => {
  it('where there is none, or it is older than an hour', async () => {
    const world = controlPlaneWorld();
    expect(await problem(world)).toBe('there is none');
    world.backupAt = world.clock.now - 3_601_000;
    expect(await problem(world)).toMatch(/^the newest is of 2022-/);
    world.backupAt = world.clock.now - 3_500_000;
    expect(await problem(world)).toBeUndefined();
  });

  it('is not what is said of a bucket that can’t be read', async () => {
    const faults = [{ call: 'aws.latestBackup', error: throttled }];
    await expect(problem(controlPlaneWorld(), { faults })).rejects.toBe(throttled);
  });
});
