import { describe, expect, it } from 'vitest';
import { ApiRefusal, type CrdApi, type LiveCrd } from '../../../modules/crds/api.ts';
import { applyCrd, deleteCrd, difference, readCrd } from '../../../modules/crds/lifecycle.ts';
import { observed } from '../../../modules/crds/observed.ts';
import { packCrd, unpackCrd } from '../../../modules/crds/packed.ts';
import type { KubernetesObject } from '../../../modules/definition.ts';

const name = 'kibanas.kibana.k8s.elastic.co';

function kibana(version = 'v1', apiVersion = 'apiextensions.k8s.io/v1'): KubernetesObject {
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', description: 'What it is to be' } } },
  };
  return {
    apiVersion,
    kind: 'CustomResourceDefinition',
    metadata: { name, labels: { part: 'logging' } },
    spec: {
      group: 'kibana.k8s.elastic.co',
      scope: 'Namespaced',
      names: { kind: 'Kibana', plural: 'kibanas' },
      versions: [
        { name: version, served: true, storage: true, schema },
        { name: 'v1alpha1', served: false, storage: false, schema },
      ],
    },
  };
}

/** An API server as far as one definition goes: what is applied is there, with what a real one adds. */
class World implements Pick<CrdApi, 'find' | 'apply' | 'delete'> {
  live?: LiveCrd;
  applied: string[] = [];
  deleted: string[] = [];
  /** API versions that it serves. */
  served = ['apiextensions.k8s.io/v1', 'apiextensions.k8s.io/v1beta1'];
  /** Answers of `find` until the definition counts as established. */
  slow = 0;

  async find(apiVersion: string): Promise<LiveCrd | undefined> {
    if (!this.served.includes(apiVersion)) throw new ApiRefusal(404, '404 page not found');
    if (!this.live) return undefined;
    const status = this.slow-- > 0 ? 'False' : 'True';
    return {
      ...this.live,
      apiVersion,
      status: { conditions: [{ type: 'Established', status, message: 'names conflict' }] },
    };
  }

  async apply(crd: KubernetesObject, { manager, dryRun }: { manager: string; dryRun: boolean }): Promise<LiveCrd> {
    this.applied.push(`${manager}${dryRun ? ' (dry run)' : ''}`);
    const metadata = {
      ...crd.metadata,
      uid: this.live?.metadata.uid ?? 'uid-1',
    };
    const spec = { ...(crd.spec as object), conversion: { strategy: 'None' } };
    const live = { ...structuredClone(crd), metadata, spec } as LiveCrd;
    if (!dryRun) this.live = live;
    return live;
  }

  async delete(_apiVersion: string, _name: string, uid: string): Promise<void> {
    this.deleted.push(uid);
    this.live = undefined;
  }
}

describe('a definition in the state', () => {
  it('is packed to a fraction, and the same bytes each time', () => {
    const large = kibana();
    const properties = Object.fromEntries(
      Array.from({ length: 400 }, (_, at) => [
        `field${at}`,
        { type: 'string', description: `What field ${at} of the spec is for.` },
      ]),
    );
    (large.spec as { versions: { schema: unknown }[] }).versions[0]!.schema = {
      openAPIV3Schema: { type: 'object', properties },
    };
    expect(packCrd(large)).toEqual(packCrd(structuredClone(large)));
    expect(packCrd(large).packed.length * 5).toBeLessThan(JSON.stringify(large).length);
    expect(unpackCrd(packCrd(large))).toEqual(large);
  });

  it('tells its versions to whoever reads a plain preview', () => {
    expect(packCrd(kibana()).versions).toEqual(['v1 (stored)', 'v1alpha1 (not served)']);
    const single = { ...kibana(), spec: { group: 'a', names: {}, version: 'v1beta1' } };
    expect(packCrd(single).versions).toEqual(['v1beta1 (stored)']);
  });

  it('that somebody has edited is refused', () => {
    const packed = packCrd(kibana());
    const other = packCrd(kibana('v2')).packed;
    for (const damaged of [
      { ...packed, packed: other },
      { ...packed, packed: 'no base64 of anything' },
    ])
      expect(() => unpackCrd(damaged)).toThrow(`CustomResourceDefinition ${name} is damaged`);
  });

  it('differs by what it says, not by how it was packed', () => {
    const packed = packCrd(kibana());
    expect(difference({ ...packed, packed: 'by another version of the packer' }, packed)).toEqual([]);
    expect(difference(packed, packCrd(kibana('v2')))).toEqual(['digest', 'versions']);
    // The Kubernetes provider had it: the object itself is in the state.
    expect(difference(kibana(), packed)).toEqual(['packed']);
  });
});

describe('applying a definition', () => {
  it('makes it, and waits until objects of its kind are accepted', async () => {
    const world = new World();
    world.slow = 2;
    const state = await applyCrd(world, packCrd(kibana()), { dryRun: false });
    expect(state.uid).toBe('uid-1');
    expect(world.applied).toEqual(['kubezero']);
    expect(world.slow).toBeLessThan(0);
  });

  it('goes on in the name that applied it before, as the state has it', async () => {
    const world = new World();
    const before = { __fieldManager: 'pulumi-kubernetes-4f2b' };
    const state = await applyCrd(world, packCrd(kibana()), { dryRun: false, before });
    expect(world.applied).toEqual(['pulumi-kubernetes-4f2b']);
    await applyCrd(world, packCrd(kibana('v2')), { dryRun: false, before: state });
    expect(world.applied.at(-1)).toBe('pulumi-kubernetes-4f2b');
    // What somebody else's program applied stays its own.
    await applyCrd(world, packCrd(kibana()), { dryRun: false });
    expect(world.applied.at(-1)).toBe('kubezero');
  });

  it('in a preview only asks', async () => {
    const world = new World();
    await applyCrd(world, packCrd(kibana()), { dryRun: true });
    expect(world.applied).toEqual(['kubezero (dry run)']);
    expect(world.live).toBeUndefined();
  });

  it('says which definition isn’t established in time, and why', async () => {
    const world = new World();
    world.slow = 1_000;
    await expect(applyCrd(world, packCrd(kibana()), { dryRun: false, within: 300 })).rejects.toThrow(
      `CustomResourceDefinition ${name} isn't established after 0 s: names conflict`,
    );
  });
});

describe('reading a definition', () => {
  const deployed = async (world: World) => {
    const inputs = packCrd(kibana());
    return { inputs, state: await applyCrd(world, inputs, { dryRun: false }) };
  };

  it('finds it as it was applied, whatever the API server added', async () => {
    const world = new World();
    const { inputs, state } = await deployed(world);
    world.live!.metadata.labels = { part: 'logging', other: 'of somebody' };
    expect(await readCrd(world, inputs, state)).toEqual({ inputs, state });
  });

  it('finds what somebody changed', async () => {
    const world = new World();
    const { inputs, state } = await deployed(world);
    (world.live!.spec as { versions: { served: boolean }[] }).versions[0]!.served = false;
    const found = await readCrd(world, inputs, state);
    expect(found!.inputs.digest).not.toBe(inputs.digest);
    expect(unpackCrd(found!.inputs)).toMatchObject({ spec: { versions: [{ served: false }, {}] } });
    // The next update sees a difference, and applies what is declared.
    expect(difference(found!.inputs, inputs)).not.toEqual([]);
  });

  it('that is gone finds nothing; an API server that fails is no absence', async () => {
    const world = new World();
    const { inputs, state } = await deployed(world);
    world.live = undefined;
    expect(await readCrd(world, inputs, state)).toBeUndefined();
    world.find = async () => Promise.reject(new ApiRefusal(503, 'no endpoints'));
    await expect(readCrd(world, inputs, state)).rejects.toThrow('HTTP 503');
  });

  it('by an API version that isn’t served any more finds it by the current one', async () => {
    const world = new World();
    const inputs = packCrd(kibana('v1', 'apiextensions.k8s.io/v1beta1'));
    const state = await applyCrd(world, inputs, { dryRun: false });
    world.served = ['apiextensions.k8s.io/v1'];
    expect(await readCrd(world, inputs, state)).toEqual({ inputs, state });
  });
});

describe('deleting a definition', () => {
  it('deletes the very one, and none that somebody has made since', async () => {
    const world = new World();
    const inputs = packCrd(kibana());
    const state = await applyCrd(world, inputs, { dryRun: false });
    await deleteCrd(world, inputs, { ...state, uid: 'of another one' });
    expect(world.deleted).toEqual([]);
    await deleteCrd(world, inputs, state);
    expect(world.deleted).toEqual(['uid-1']);
    await deleteCrd(world, inputs, state);
    expect(world.deleted).toEqual(['uid-1']);
  });
});

it('what the cluster has is compared field by field of what was applied', () => {
  const applied = { a: 1, list: [{ b: 1 }, { c: 2 }], dropped: true, empty: {} };
  expect(observed(applied, { a: 2, more: 3, list: [{ b: 1, d: 4 }, { c: 2 }], empty: { e: 1 } })).toEqual({
    a: 2,
    list: [{ b: 1 }, { c: 2 }],
    empty: {},
  });
  expect(observed(applied, { a: 1, list: [{ b: 1 }] })).toEqual({ a: 1, list: [{ b: 1 }] });
});
