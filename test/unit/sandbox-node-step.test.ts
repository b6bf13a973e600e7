import { describe, expect, test } from 'vitest';
import { node } from '../../sandbox/machines/boot/node.ts';
import type { Instance } from '../../sandbox/machines/instance.ts';
import { deleteNode } from '../../sandbox/machines/node.ts';
import { api, gone, machine, name, nodePath, phases, seconds, started } from './sandbox-node-fixture.ts';

const own = 'aws:///eu-central-1b/i-new';
const provider = () => api.node(name)?.spec.providerID;
const said = (instance: Instance) => instance.lines.map((line) => line.replace(/^\S+ /, ''));
const restarts = (instance: Instance) => said(instance).filter((line) => line === 'starting the kubelet again');

/** The step, and how many seconds it took. */
async function run(instance: Instance): Promise<number> {
  const begin = Date.now();
  let over = false;
  const step = node(instance).finally(() => {
    over = true;
  });
  step.catch(() => undefined);
  while (!over) await seconds(0.1);
  await step;
  return (Date.now() - begin) / 1000;
}

describe('the step node', () => {
  test('takes a node that is this machine’s as it is, and marks it as a controller, once in a boot', async () => {
    const instance = await started('i-new');
    const { uid } = api.node(name)?.metadata ?? {};
    expect(await run(instance)).toBeLessThan(1);
    expect(await run(instance)).toBeLessThan(1);
    expect(api.node(name)?.metadata.uid).toBe(uid);
    expect(restarts(instance)).toEqual([]);
    expect(phases).toEqual(['kubelet-finalize', 'mark-control-plane']);
  });

  test('deletes the node of the machine before, and has the kubelet register again', async () => {
    await gone(await started('i-old'));
    const instance = await started('i-new');
    expect(await run(instance)).toBeLessThan(2);
    expect(said(instance)).toContain(`deleting node ${name} of aws:///eu-central-1b/i-old`);
    expect(restarts(instance)).toHaveLength(1);
    expect(provider()).toBe(own);
  });

  test('has a kubelet register again whose node was deleted under it, as that of the machine before', async () => {
    await gone(await started('i-old'));
    const instance = await started('i-new');
    await deleteNode(api, api.node(name)!.metadata);
    await run(instance);
    expect(said(instance)).toContain(`restarting the kubelet: its node ${name} is gone`);
    expect(restarts(instance)).toHaveLength(1);
    expect(provider()).toBe(own);
  });

  test('marks a node anew that was registered anew', async () => {
    const instance = await started('i-new');
    await run(instance);
    await api.delete(nodePath);
    await run(instance);
    expect(phases).toEqual(Array(2).fill(['kubelet-finalize', 'mark-control-plane']).flat());
  });

  test('waits for a kubelet that the API refuses, and restarts it once', async () => {
    const instance = await started('i-new');
    await api.delete(nodePath);
    api.away = (method) => method === 'POST';
    await expect(run(instance)).rejects.toThrow(`still waiting for the kubelet to register ${name}`);
    expect(restarts(instance)).toHaveLength(1);
    expect(phases).toEqual([]);
  });

  test('doesn’t restart the kubelet where it can’t tell whether the node is gone', async () => {
    const instance = machine('i-new');
    await api.create('/api/v1/nodes', { metadata: { name }, spec: {} });
    let looks = 0;
    api.away = (method) => method === 'GET' && ++looks > 1;
    await expect(run(instance)).rejects.toThrow(`still waiting for the kubelet to register ${name}: connect ECONN`);
    expect(restarts(instance)).toEqual([]);
  });

  test('deletes nothing where it can’t look', async () => {
    await gone(await started('i-old'));
    const instance = machine('i-new');
    api.away = (method) => method === 'GET';
    await expect(run(instance)).rejects.toThrow(`node ${name} can't be looked for: connect ECONNREFUSED`);
    expect(provider()).toBe('aws:///eu-central-1b/i-old');
  });

  test('ends with the machine, and restarts no kubelet then', async () => {
    const instance = await started('i-new');
    await api.delete(nodePath);
    const step = node(instance);
    step.catch(() => undefined);
    await seconds(1);
    await gone(instance);
    await seconds(1);
    await expect(step).rejects.toThrow('powered off');
    expect(restarts(instance)).toEqual([]);
  });
});
