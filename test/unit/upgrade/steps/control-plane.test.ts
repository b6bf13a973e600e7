import { afterAll, describe, expect, it, vi } from 'vitest';
import { agents, controlPlaneWorld } from '../worlds/control-plane.ts';
import { demoFiles } from '../worlds/files.ts';
import { different, killedEverywhere, run } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';

vi.mock('../../../../application/application-file.ts', async (original) =>
  (await import('../worlds/files.ts')).readOnce(await original()),
);
vi.mock('../../../../automation/upgrade/rendering.ts', () => ({}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();

const { environment, remove } = demoFiles();
afterAll(remove);
const kind = ['control-plane'] as const;
const options = { environment };

describe('the control plane', () => {
  it('is upgraded on one controller, with network and addons, a backup and restarts of the agents', async () => {
    const world = controlPlaneWorld();
    const { effects, error } = await run(world, [...kind], options);
    expect(error).toBeUndefined();
    expect(effects).toEqual([
      'createDaemonSet kubezero-cni-binaries',
      'deleteDaemonSet kubezero-cni-binaries',
      'createConfigMap kubezero-upgrade',
      'createPod kubezero-upgrade',
      'deletePod kubezero-upgrade',
      'deleteConfigMap kubezero-upgrade',
      'stacks.configure modules',
      'stacks.outputs modules',
      'createJob backup-cluster-now',
      'deleteJob backup-cluster-now',
      ...agents.map((name) => `patchDaemonSet ${name}`),
    ]);
    const versions = ['a', 'b', 'c'].map(
      (zone) => world.nodes.pods.get(`kube-apiserver-demo-controller-${zone}`)?.version,
    );
    expect(versions).toEqual(['1.22.8', '1.21.9', '1.21.9']);
    expect(world.stacks.outputs.modules.releases).toEqual({ network: '1.22', addons: '1.22' });
  });

  it('is left alone by a second run', async () => {
    const world = controlPlaneWorld();
    await run(world, [...kind], options);
    expect((await run(world, [...kind], options)).effects).toEqual([]);
  });

  it('comes to the same end wherever a run is killed, but for a ConfigMap', async () => {
    const runs = await killedEverywhere(controlPlaneWorld, [...kind], options);
    const others = runs.killed.filter(({ after }) => after !== 'deletePod kubezero-upgrade');
    expect(others).toHaveLength(11);
    expect(different({ ...runs, killed: others })).toEqual([]);
  });

  // Once the pod is gone the upgrade counts as through, and its ConfigMap is deleted only after it.
  it.fails('not yet: takes its ConfigMap away where the run was killed right after the pod was deleted', async () => {
    const world = controlPlaneWorld();
    const { effects } = await run(world, [...kind], { ...options, killAfter: 5 });
    expect(effects.at(-1)).toBe('deletePod kubezero-upgrade');
    world.clock.pass(5);
    await run(world, [...kind], options);
    expect(world.objects.find('ConfigMap', 'kubezero-upgrade')).toBeUndefined();
  });

  it('isn’t begun while another controller isn’t whole', async () => {
    const world = controlPlaneWorld();
    world.nodes.pods.get('etcd-demo-controller-c')!.ready = false;
    const { effects, error } = await run(world, [...kind], { ...options, options: { gateTimeoutSeconds: 30 } });
    expect(error?.message).toContain('Pod kube-system/etcd-demo-controller-c: NotReady');
    expect(effects.filter((effect) => effect.endsWith('kubezero-upgrade'))).toEqual([]);
  });

  it('takes what is left of Kiam away', async () => {
    const world = controlPlaneWorld();
    const spec = { selector: { matchLabels: {} }, template: { metadata: {} } };
    world.objects.create('DaemonSet', { metadata: { name: 'kiam-agent' }, spec });
    world.objects.create('Service', { metadata: { name: 'kiam-server' } });
    world.clock.pass(20);
    const { effects } = await run(world, [...kind], options);
    expect(effects.filter((effect) => effect.includes('kiam'))).toEqual([
      'deleteDaemonSet kiam-agent',
      'deleteService kiam-server',
    ]);
  });

  it('goes on to nothing where the backup fails: the agents aren’t restarted', async () => {
    const world = controlPlaneWorld({ backupFails: 'no space left' });
    const { effects, error } = await run(world, [...kind], options);
    expect(error?.message).toContain('the etcd backup failed: no space left');
    expect(effects.at(-1)).toBe('createJob backup-cluster-now');
  });

  it.each(['readConfigMap', 'listPod', 'readPod', 'readDaemonSet', 'aws.latestBackup'])(
    'isn’t begun, or goes on, where %s fails once: a second run ends as without',
    async (call) => {
      for (const skip of [0, 1, 3]) {
        const world = controlPlaneWorld();
        const error = call.startsWith('aws') ? throttled : new Error('read ECONNRESET');
        await run(world, [...kind], { ...options, faults: [{ call, error, times: 1, skip }] });
        const second = await run(world, [...kind], options);
        expect(second.error, `call ${skip}`).toBeUndefined();
        expect(world.stacks.outputs.modules.releases).toEqual({ network: '1.22', addons: '1.22' });
      }
    },
  );
});
