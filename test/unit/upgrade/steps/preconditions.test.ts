import { beforeEach, describe, expect, it, vi } from 'vitest';
import { preconditions } from '../../../../automation/upgrade/steps/preconditions.ts';
import { controlPlaneWorld } from '../worlds/control-plane.ts';
import { contextOf, type RunOptions } from '../worlds/run.ts';
import { throttled } from '../worlds/session.ts';
import { useVirtualTime } from '../worlds/time.ts';
import type { World } from '../worlds/world.ts';

/** What rendering and the API server's metrics say. */
const said = vi.hoisted(() => ({ rendering: [] as string[], apis: [] as string[] }));
vi.mock('../../../../automation/upgrade/rendering.ts', () => ({
  renderingProblems: async () => said.rendering,
  replacedApis: async () => [],
}));
vi.mock('../../../../automation/live/kubernetes/removed-apis.ts', () => ({
  deprecatedApisInUse: async () => said.apis,
}));
vi.mock('node:timers/promises', async () => (await import('../worlds/time.ts')).timers);
useVirtualTime();
beforeEach(() => {
  Object.assign(said, { rendering: [], apis: [] });
});

const check = async (world: World, options?: RunOptions) => {
  const { context, effects } = contextOf(world, options);
  const error: Error | undefined = await preconditions.run(context).then(
    () => undefined,
    (reason) => reason,
  );
  return { effects, error };
};
const backup = ['createJob backup-cluster-now', 'deleteJob backup-cluster-now'];

describe('the preconditions', () => {
  it('change nothing but that there is a fresh backup', async () => {
    const world = controlPlaneWorld();
    expect(await check(world)).toEqual({ effects: backup, error: undefined });
    expect(await check(world)).toEqual({ effects: [], error: undefined });
  });

  it('are looked at in every run: they are never done', async () => {
    expect(await preconditions.done(contextOf(controlPlaneWorld()).context)).toBe(false);
  });

  it('are all said together, before anything is changed', async () => {
    const world = controlPlaneWorld();
    const pod = (name: string, metadata: object) =>
      world.objects.create('Pod', { metadata: { name, ...metadata }, spec: { nodeSelector: {} } });
    pod('agent-1', { labels: { app: 'kiam' } });
    pod('cart', { namespace: 'shop', annotations: { 'iam.amazonaws.com/role': 'cart' } });
    world.git.problems = ['the git branch is topic, not main'];
    said.rendering = ['charts of 1.22 are nowhere to be found'];
    said.apis = ['extensions/v1beta1 ingresses'];
    const { effects, error } = await check(world);
    expect(effects).toEqual([]);
    for (const problem of [
      'Kiam is still used by Pod shop/cart (role cart)',
      'the git branch is topic',
      'charts of 1.22',
      'in use: extensions/v1beta1 ingresses (use networking.k8s.io/v1)',
    ])
      expect(error?.message).toContain(problem);
  });

  it.each([
    ['a node is away', (world: World) => world.nodes.nodes.get('node-i-0004'), 'Node node-i-0004: NotReady'],
    ['a member of etcd is', (world: World) => world.nodes.pods.get('etcd-demo-controller-b'), 'etcd-demo-controller-b'],
  ] as const)('don’t hold while %s', async (_, find, message) => {
    const world = controlPlaneWorld();
    Object.assign(find(world)!, { ready: false });
    const { effects, error } = await check(world);
    expect(effects).toEqual([]);
    expect(error?.message).toContain(message);
  });

  it('ask for no whole cluster in the middle of an upgrade, but for a backup', async () => {
    const world = controlPlaneWorld();
    world.raise('controllers').nodes.nodes.get('node-i-0004')!.ready = false;
    expect(await check(world)).toEqual({ effects: backup, error: undefined });
  });

  it.each([
    ['listPod', new Error('read ECONNRESET')],
    ['git.problems', new Error('index.lock exists')],
    ['stacks.deployed', throttled],
    ['aws.latestBackup', throttled],
  ])('don’t hold where %s can’t be read', async (call, error) => {
    const { effects, ...outcome } = await check(controlPlaneWorld(), { faults: [{ call, error }] });
    expect([effects, outcome.error]).toEqual([[], error]);
  });
});
