import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { UpgradeContext } from '../../../automation/upgrade/context.ts';
import { runOnEveryNode } from '../../../automation/upgrade/node-command.ts';
import { restart, toRestart, unfinishedRestarts } from '../../../automation/upgrade/steps/restarts.ts';
import { releases } from '../../../releases/index.ts';
import { cniBinaries } from '../../../releases/v1.22/cni-binaries.ts';

interface Set {
  metadata: { name: string; uid: string; generation: number };
  spec: { selector: object; updateStrategy?: object; template: { metadata: { annotations?: Record<string, string> } } };
  status: Record<string, number>;
}

/** A cluster of these nodes with DaemonSets that the test moves on by hand; `passed` gets what each gate waited for. */
function fixture(nodes: string[], names: string[], onCheck: (round: number, cluster: Fake) => void) {
  const fake = new Fake(nodes, names);
  const passed: { name: string; waits: string[][] }[] = [];
  const acts: string[] = [];
  const context = {
    cluster: fake.cluster,
    to: releases['1.22'],
    act: (what: string, object: string) => acts.push(`${what} ${object}`),
    warn: (message: string) => acts.push(`warning: ${message}`),
    pass: async ({ name, check }: { name: string; check(): Promise<{ object: string; reason: string }[]> }) => {
      const waits: string[][] = [];
      passed.push({ name, waits });
      for (let round = 0; ; round += 1) {
        const open = await check();
        if (open.length === 0) return;
        waits.push(open.map(({ object, reason }) => `${object}: ${reason}`));
        if (round > 5) throw new Error(`gate ${name} doesn't open: ${waits.at(-1)?.join(', ')}`);
        onCheck(round, fake);
      }
    },
  } as unknown as UpgradeContext;
  return { context, fake, passed, acts };
}

class Fake {
  sets: Record<string, Set> = {};
  pods: { metadata: object; spec: { nodeName: string }; status: object }[] = [];
  created?: { spec: { template: { spec: { initContainers: { command: string[] }[] } } } };

  constructor(
    private nodes: string[],
    names: string[],
  ) {
    for (const name of names) this.sets[name] = this.set(name);
  }

  private set(name: string): Set {
    const count = this.nodes.length;
    return {
      metadata: { name, uid: name, generation: 1 },
      spec: { selector: { matchLabels: { app: name } }, template: { metadata: {} } },
      status: {
        observedGeneration: 1,
        desiredNumberScheduled: count,
        updatedNumberScheduled: count,
        numberAvailable: count,
      },
    };
  }

  ready(node: string, owner: string): void {
    this.pods.push({
      metadata: { name: `pod-${node}`, namespace: 'kube-system', ownerReferences: [{ uid: owner }] },
      spec: { nodeName: node },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  cluster = {
    apps: {
      readNamespacedDaemonSet: async ({ name }: { name: string }) => {
        const found = this.sets[name];
        if (!found) throw new ApiException(404, 'not found', {}, {});
        return structuredClone(found);
      },
      createNamespacedDaemonSet: async ({ body }: { body: { metadata: { name: string } } }) => {
        this.created = body as never;
        this.sets[body.metadata.name] = this.set(body.metadata.name);
      },
      patchNamespacedDaemonSet: async ({ name, body }: { name: string; body: { value: Record<string, string> }[] }) => {
        const set = this.sets[name]!;
        set.spec.template.metadata.annotations = body[0]!.value;
        set.metadata.generation += 1;
      },
      deleteNamespacedDaemonSet: async ({ name }: { name: string }) => {
        delete this.sets[name];
      },
    },
    core: {
      listNode: async () => ({ items: this.nodes.map((name) => ({ metadata: { name } })) }),
      listNamespacedPod: async () => ({ items: this.pods }),
    },
  };
}

describe('restarts of DaemonSets', () => {
  const names = ['calico-node', 'kube-multus-ds', 'kube-proxy'];

  it('happen one after the other, each awaited; one that isn’t there is left out', async () => {
    const { context, fake, passed, acts } = fixture(['a', 'b'], ['calico-node', 'kube-proxy'], (round, { sets }) => {
      const set = Object.values(sets).find(
        ({ metadata, status }) => metadata.generation === 2 && (status.done ?? 0) === 0,
      )!;
      if (round === 0)
        Object.assign(set.status, { observedGeneration: 2, updatedNumberScheduled: 1, numberAvailable: 1 });
      if (round === 1) Object.assign(set.status, { updatedNumberScheduled: 2 });
      if (round === 2) Object.assign(set.status, { numberAvailable: 2, done: 1 });
    });
    expect(await toRestart(context, names)).toEqual(['calico-node', 'kube-proxy']);
    for (const name of names) await restart(context, name);
    expect(acts).toEqual(['restart DaemonSet kube-system/calico-node', 'restart DaemonSet kube-system/kube-proxy']);
    const object = 'DaemonSet kube-system/calico-node';
    expect(passed[0]).toEqual({
      name: `${object} restarted`,
      waits: [
        [`${object}: not seen by its controller yet`],
        [`${object}: 1 of 2 pods replaced`],
        [`${object}: 1 of 2 pods available`],
      ],
    });
    expect(passed).toHaveLength(2);
    expect(await toRestart(context, names)).toEqual([]);
    expect(fake.sets['kube-proxy']?.metadata.generation).toBe(2);
  });

  it('that a killed run began are waited for, and not begun again', async () => {
    const { context, fake, acts } = fixture(['a'], ['kube-proxy'], (_, { sets }) => {
      sets['kube-proxy']!.status.observedGeneration = 2;
    });
    fake.sets['kube-proxy']!.spec.template.metadata.annotations = { 'kubezero.com/restarted-for': '1.22.8' };
    fake.sets['kube-proxy']!.metadata.generation = 2;
    expect(await unfinishedRestarts(context, names)).toHaveLength(1);
    await restart(context, 'kube-proxy');
    expect(acts).toEqual([]);
    expect(fake.sets['kube-proxy']!.metadata.generation).toBe(2);
  });

  it('are left to their owner where pods are only replaced when they are deleted', async () => {
    const { context, fake, passed, acts } = fixture(['a'], ['kube-proxy'], () => {});
    fake.sets['kube-proxy']!.spec.updateStrategy = { type: 'OnDelete' };
    await restart(context, 'kube-proxy');
    expect(passed).toEqual([]);
    expect(acts[1]).toMatch(/^warning: DaemonSet kube-system\/kube-proxy replaces its pods only when they are deleted/);
  });
});

describe('the copy of CNI binaries', () => {
  const name = 'kubezero-cni-binaries';

  it('is waited for on every node, each by its name, and goes when all have it', async () => {
    const { context, fake, passed } = fixture(['a', 'b'], [], (round, cluster) =>
      cluster.ready(round ? 'b' : 'a', name),
    );
    await runOnEveryNode(context, cniBinaries);
    expect(passed[0]?.waits).toEqual([
      ['Node a: no pod that copies the CNI binaries yet', 'Node b: no pod that copies the CNI binaries yet'],
      ['Node b: no pod that copies the CNI binaries yet'],
    ]);
    expect(fake.sets[name]).toBeUndefined();
  });

  it('copies what isn’t there yet, and has nothing to do on a node without the old folder', async () => {
    const { context, fake } = fixture(['a'], [], (_, cluster) => cluster.ready('a', name));
    await runOnEveryNode(context, cniBinaries);
    const [, , script = ''] = fake.created?.spec.template.spec.initContainers[0]?.command ?? [];
    const host = mkdtempSync(join(tmpdir(), 'kubezero-cni-'));
    const run = () => execFileSync('sh', ['-c', script.replaceAll('/host/', `${host}/`)]);
    try {
      run();
      expect(readdirSync(join(host, 'usr/libexec/cni'))).toEqual([]);
      mkdirSync(join(host, 'opt/cni/bin'), { recursive: true });
      for (const file of ['bridge', 'calico']) writeFileSync(join(host, 'opt/cni/bin', file), 'old');
      writeFileSync(join(host, 'usr/libexec/cni/bridge'), 'new');
      run();
      run();
      expect(readdirSync(join(host, 'usr/libexec/cni')).sort()).toEqual(['bridge', 'calico']);
      expect(readFileSync(join(host, 'usr/libexec/cni/bridge'), 'utf8')).toBe('new');
    } finally {
      rmSync(host, { recursive: true });
    }
  });
});
