import { describe, expect, it, vi } from 'vitest';
import { upgradeInPlace } from '../../../../automation/upgrade/upgrade-pod.ts';
import { controlPlaneWorld } from '../worlds/control-plane.ts';
import { contextOf, type RunOptions } from '../worlds/run.ts';
import { Killed } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import type { World } from '../worlds/world.ts';

vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const node = 'demo-controller-a';
const files = { 'kubeadm.yaml': 'kind: ClusterConfiguration\n', 'coredns.yaml': 'spec: {}\n' };
const upgrade = async (world: World, options?: RunOptions) => {
  const { context, effects } = contextOf(world, options);
  const error: Error | undefined = await upgradeInPlace(context, node, files).then(
    () => undefined,
    (reason) => reason,
  );
  return { effects, error };
};
const version = (world: World, component: string) => world.nodes.pods.get(`${component}-${node}`)?.version;
const starts = (world: World) => {
  const count = { pods: 0 };
  const { podStarted } = world;
  world.podStarted = (where) => {
    count.pods += 1;
    podStarted(where);
  };
  return count;
};

describe('the in-place upgrade', () => {
  it('runs in one pod on the controller, with its files, and both are gone afterwards', async () => {
    const world = controlPlaneWorld();
    const { effects, error } = await upgrade(world);
    expect(error).toBeUndefined();
    expect(effects).toEqual([
      'createConfigMap kubezero-upgrade',
      'createPod kubezero-upgrade',
      'deletePod kubezero-upgrade',
      'deleteConfigMap kubezero-upgrade',
    ]);
    expect([version(world, 'kube-apiserver'), version(world, 'etcd')]).toEqual(['1.22.8', '1.21.9']);
    world.clock.pass(5);
    expect([
      world.objects.find('Pod', 'kubezero-upgrade'),
      world.objects.find('ConfigMap', 'kubezero-upgrade'),
    ]).toEqual([undefined, undefined]);
  });

  it('goes on with the pod of a run that was killed: kubeadm runs once', async () => {
    const world = controlPlaneWorld();
    const count = starts(world);
    expect((await upgrade(world, { killAfter: 2 })).error).toBeInstanceOf(Killed);
    expect((await upgrade(world)).error).toBeUndefined();
    expect(count.pods).toBe(1);
  });

  it('replaces the files of a run that was killed before its pod', async () => {
    const world = controlPlaneWorld();
    await upgrade(world, { killAfter: 1 });
    const { effects } = await upgrade(world);
    expect(effects.slice(0, 2)).toEqual(['replaceConfigMap kubezero-upgrade', 'createPod kubezero-upgrade']);
  });

  it('keeps the pod that failed, with what it said, and starts anew in the next run', async () => {
    const programs = { upgradeFails: 'etcd is not healthy' as string | undefined };
    const world = controlPlaneWorld(programs as never);
    const { error } = await upgrade(world);
    expect(error).toMatchObject({
      message: `kubeadm could not upgrade ${node}: etcd is not healthy`,
      where: 'Pod kube-system/kubezero-upgrade',
    });
    expect(world.objects.find('Pod', 'kubezero-upgrade')).toBeDefined();
    programs.upgradeFails = undefined;
    const second = await upgrade(world);
    expect(second.error).toBeUndefined();
    expect(second.effects.slice(0, 3)).toEqual([
      'deletePod kubezero-upgrade',
      'replaceConfigMap kubezero-upgrade',
      'createPod kubezero-upgrade',
    ]);
  });

  it('doesn’t go on with a pod of another version', async () => {
    const world = controlPlaneWorld();
    world.objects.create('Pod', {
      metadata: { name: 'kubezero-upgrade', labels: { 'kubezero.com/upgrade-to': '1.21.9' } },
      spec: { nodeSelector: { 'kubernetes.io/hostname': node } },
    });
    const { effects } = await upgrade(world);
    expect(effects.slice(0, 3)).toEqual([
      'deletePod kubezero-upgrade',
      'createConfigMap kubezero-upgrade',
      'createPod kubezero-upgrade',
    ]);
    expect(version(world, 'kube-apiserver')).toBe('1.22.8');
  });

  it('waits through an API server that restarts', async () => {
    const world = controlPlaneWorld();
    const faults = [{ call: 'readPod', error: new Error('read ECONNRESET'), skip: 2, times: 5 }];
    expect((await upgrade(world, { faults })).error).toBeUndefined();
  });

  it('isn’t started where it can’t be said whether a pod is there', async () => {
    const { effects, error } = await upgrade(controlPlaneWorld(), {
      faults: [{ call: 'readPod', error: new Error('read ECONNRESET') }],
    });
    expect([effects, error?.message]).toEqual([[], 'read ECONNRESET']);
  });
});
