import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Deployment, type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation/index.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PlanBuilder } from '../../automation/engine/changes/builder.ts';
import { ModuleCrds, Registry } from '../../modules/component.ts';
import { CrdProvider, pluginName, serveCrds } from '../../modules/crds/index.ts';
import type { KubernetesObject } from '../../modules/definition.ts';
import { clusterProvider } from '../../modules/provider.ts';
import { mendAttributes } from '../../pulumi/damaged-attributes.ts';
import { ensureTools, pulumiEnvironment } from '../../toolchain/index.ts';
import { ApiServer } from './api-server.ts';

/*
 * A modules' stack from before custom resource definitions were packed, as `pulumi stack export` gave it: the Kubernetes
 * provider has them, three times each. The next update packs them, and touches no object in the cluster.
 */
const fixture = join(import.meta.dirname, 'fixtures/modules-with-plain-crds.json.gz');

interface Resource {
  urn: string;
  type: string;
  parent?: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

let api: ApiServer;
let stopProvider: () => Promise<void>;
let stack: Stack;
let before: Map<string, { uid: string; resourceVersion: string }>;
const resources: Resource[] = [];

const isDefinition = ({ type }: Resource) => type.endsWith(':CustomResourceDefinition');
const nameOf = (urn: string) => urn.split('::').at(-1)!;

beforeAll(async () => {
  api = await ApiServer.start('1.21');
  const deployment: Deployment = JSON.parse(gunzipSync(readFileSync(fixture)).toString());
  resources.push(...(deployment.deployment.resources as Resource[]));
  const definitions = resources.filter(isDefinition);
  // What the stack had applied, each in the name that the Kubernetes provider gave it.
  await Promise.all(definitions.map(({ inputs, outputs }) => apply(inputs, String(outputs.__fieldManager))));
  await established();
  // API servers go on writing into their status for a moment.
  await vi.waitFor(async () => {
    before = await inCluster();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await inCluster()).toEqual(before);
  }, 30_000);

  const crds = await serveCrds(api.kubeconfig);
  stopProvider = crds.stop;
  const state = join(api.directory, 'state');
  mkdirSync(state);
  stack = await LocalWorkspace.createOrSelectStack(
    { stackName: 'demo-modules', projectName: 'kubezero', program: async () => program() },
    {
      workDir: api.directory,
      envVars: {
        ...(await pulumiEnvironment(await ensureTools(['engine']))),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: 'test',
        PULUMI_DEBUG_PROVIDERS: `${pluginName}:${crds.port}`,
        KUBECONFIG: api.kubeconfig,
      },
    },
  );
  await stack.importStack(deployment);
});
afterAll(async () => {
  await stopProvider?.();
  await api?.stop();
});

/** The same definitions in the same modules as in the fixture, as today's program declares them. */
function program(): void {
  clusterProvider('cluster', { identifier: 'demo', context: 'test' });
  const provider = new CrdProvider('crds', { context: 'test' });
  for (const { urn, inputs } of resources.filter(({ type }) => type === 'kubezero:modules:Crds')) {
    const crds = resources
      .filter((resource) => isDefinition(resource) && resource.parent === urn)
      .map((resource) => withoutDefaults(resource.inputs));
    const args = { release: inputs.release as '1.21', crds, provider, registry: new Registry() };
    new ModuleCrds(nameOf(urn), args);
  }
}

function withoutDefaults({ __defaults: _, ...object }: Record<string, unknown>): KubernetesObject {
  return object as KubernetesObject;
}

async function apply(inputs: Record<string, unknown>, manager: string): Promise<void> {
  const crd = withoutDefaults(inputs);
  const path = `/apis/${crd.apiVersion}/customresourcedefinitions/${crd.metadata.name}?fieldManager=${manager}`;
  await api.call('APPLY', path, crd);
}

async function definitionsOf(): Promise<KubernetesObject[]> {
  return (await api.call('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).items;
}

async function established(): Promise<void> {
  await vi.waitFor(async () => {
    const all = (await definitionsOf()) as { status?: { conditions?: { type: string }[] } }[];
    expect(all.filter(({ status }) => !status?.conditions?.some(({ type }) => type === 'Established'))).toEqual([]);
  }, 30_000);
}

async function inCluster() {
  const all = (await definitionsOf()) as unknown as { metadata: Record<'name' | 'uid' | 'resourceVersion', string> }[];
  return new Map(all.map(({ metadata: { name, uid, resourceVersion } }) => [name, { uid, resourceVersion }]));
}

async function previewed() {
  const builder = new PlanBuilder('demo-modules', 'modules');
  await stack.preview({ onEvent: (event) => builder.add(event) });
  return builder.plan();
}

/** Updates the stack, and kills the engine once it has packed so many definitions. */
async function updateKilledAfter(count: number): Promise<void> {
  let packed = 0;
  const onEvent = ({ resOutputsEvent }: EngineEvent) => {
    if (resOutputsEvent?.metadata.op === 'update') packed += 1;
    if (packed === count) killEngine();
  };
  await expect(stack.up({ onEvent })).rejects.toThrow();
  // What a run that is gone leaves behind, as the next `kubezero up` takes it away.
  await mendAttributes('demo-', stack.workspace.envVars as Record<string, string>, api.directory);
  await stack.cancel();
}

function killEngine(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, name, parent] = /\((.*)\) \S (\d+)/.exec(statOf(pid)) ?? [];
    if (name === 'pulumi' && Number(parent) === process.pid) process.kill(Number(pid), 'SIGKILL');
  }
}

/** Empty where the process has ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

async function kinds(): Promise<{ plain: number; packed: number }> {
  const { deployment } = await stack.exportStack();
  const types = (deployment.resources as Resource[]).filter(isDefinition).map(({ type }) => type.split(':')[0]);
  return {
    plain: types.filter((name) => name === 'kubernetes').length,
    packed: types.filter((name) => name === 'kubezero').length,
  };
}

describe('a stack that has its definitions plain', () => {
  it('is previewed as moves, and nothing else', async () => {
    const { changes } = await previewed();
    expect(changes.map(({ operation }) => operation)).toEqual(Array(before.size).fill('move'));
    expect(changes.flatMap(({ diffs, guard, security }) => [...diffs, ...security, ...(guard ? [guard] : [])])).toEqual(
      [],
    );
    expect(await inCluster()).toEqual(before);
  });

  it('killed five times on the way goes on, until all are packed', async () => {
    for (const count of [1, 4, 8, 2, 12]) {
      await updateKilledAfter(count);
      const { plain, packed } = await kinds();
      expect(plain + packed).toBe(before.size);
      expect(plain).toBeGreaterThan(0);
      expect((await previewed()).changes.every(({ operation }) => operation === 'move')).toBe(true);
    }
    await stack.up();
    expect(await kinds()).toEqual({ plain: 0, packed: before.size });
  });

  it('leaves every object in the cluster as it was', async () => {
    expect(await inCluster()).toEqual(before);
    expect((await previewed()).changes).toEqual([]);
  });

  it('takes a fraction of the room that it took', async () => {
    const { deployment } = await stack.exportStack();
    const size = (all: Resource[]) => JSON.stringify(all.filter(isDefinition)).length;
    // Definitions of real size shrink more: these have hardly any schema.
    expect(size(deployment.resources as Resource[]) * 3).toBeLessThan(size(resources));
  });
});

describe('definitions that are packed', () => {
  it('aren’t touched by a kubezero that knows nothing of them', async () => {
    const { PULUMI_DEBUG_PROVIDERS: _, ...envVars } = stack.workspace.envVars as Record<string, string>;
    const earlier = await LocalWorkspace.selectStack(
      { stackName: 'demo-modules', projectName: 'kubezero', program: async () => {} },
      { workDir: api.directory, envVars: { ...envVars, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true' } },
    );
    await expect(earlier.up()).rejects.toThrow(/plugin.*kubezero|kubezero.*plugin/);
    expect(await inCluster()).toEqual(before);
    expect(await kinds()).toEqual({ plain: 0, packed: before.size });
  });

  const name = 'prometheuses.monitoring.coreos.com';
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;

  it('are read from the cluster: what somebody changes is found, field by field, and put back', async () => {
    await api.call('PATCH', path, { spec: { preserveUnknownFields: false, names: { shortNames: ['mine'] } } });
    await api.call('PATCH', path, { metadata: { annotations: { 'pulumi.com/waitFor': 'nothing' } } });
    const builder = new PlanBuilder('demo-modules', 'modules', { refresh: true });
    await stack.previewRefresh({ onEvent: (event) => builder.add(event) });
    const [drifted, ...others] = builder.plan().changes;
    expect(others).toEqual([]);
    expect(drifted).toMatchObject({ operation: 'update', name: `CustomResourceDefinition/${name}` });
    expect(drifted!.properties).toContain('metadata.annotations["pulumi.com/waitFor"]');

    await stack.refresh();
    await stack.up();
    const { metadata } = await api.call('GET', path);
    expect(metadata.annotations['pulumi.com/waitFor']).toBe('condition=Established');
    expect(metadata.uid).toBe(before.get(name)!.uid);
  });

  it('that are gone are made again', async () => {
    await api.call('DELETE', path);
    await stack.refresh();
    await stack.up();
    const { metadata, status } = await api.call('GET', path);
    expect(metadata.uid).not.toBe(before.get(name)!.uid);
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  });

  it('stay in the cluster when the stack is destroyed', async () => {
    await stack.destroy();
    expect((await inCluster()).size).toBe(before.size);
  });
});
