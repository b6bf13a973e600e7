import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Values } from '../../modules/definition.ts';
import { modules } from '../../modules/index.ts';
import { identity } from '../../modules/objects.ts';
import { mergeValues } from '../../modules/schema.ts';
import { checkValues } from '../../modules/values.ts';
import { release } from '../../releases/index.ts';
import type { ModuleId } from '../../releases/release.ts';
import { type ClusterObject, clusterObjects } from './cluster-objects.ts';
import { everything } from './everything.ts';
import { ModulesCluster } from './modules-cluster.ts';

const minutes = 60_000;
const desired = { release: '1.22' as const };

/** Each test goes on where the one before stopped. */
describe('every part of every module, at 1.22', () => {
  let cluster: ModulesCluster;
  let atFirst: Map<string, ClusterObject>;
  let before: Map<string, ClusterObject>;

  beforeAll(async () => {
    cluster = await ModulesCluster.start('1.22');
    cluster.values['1.22'] = everything('1.22');
    atFirst = await clusterObjects(cluster.api);
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  it(
    'comes up',
    async () => {
      const changes = await cluster.up(desired);
      expect(changes.filter((change) => !change.startsWith('create '))).toEqual([]);
      before = await clusterObjects(cluster.api);
      expect(before.size).toBeGreaterThan(500);
    },
    6 * minutes,
  );

  it(
    'shows no changes afterwards',
    async () => {
      expect(await cluster.preview(desired)).toEqual([]);
    },
    2 * minutes,
  );

  it('shows the objects of a module that is changed, and no other', async () => {
    cluster.values['1.22'] = mergeValues(everything('1.22'), {
      metrics: { 'kube-prometheus-stack': { prometheus: { prometheusSpec: { retention: '9d' } } } },
    });
    expect(await cluster.preview(desired)).toEqual([
      'update Prometheus/monitoring/metrics-kube-prometheus-st-prometheus',
    ]);
  });

  /** With some modules off: what the others render, and what is kept on purpose. */
  const expectNothingElse = async () => {
    const rendered = (await cluster.render(desired)).flatMap(({ objects }) => objects.map(identity));
    const kept = [...before.keys()].filter((key) => isKept(key) || atFirst.has(key));
    const wanted = [...new Set([...rendered, ...kept])].sort();
    // Of what was deleted some is only gone once the garbage collector has looked at it.
    return vi.waitFor(
      async () => {
        const now = await clusterObjects(cluster.api);
        expect([...now.keys()].sort()).toEqual(wanted);
        return now;
      },
      { timeout: minutes, interval: 2000 },
    );
  };
  const sets = offSets();

  it('has every module in one of the sets that go off', () => {
    expect(new Set(sets.flat())).toEqual(new Set(modules.map(({ id }) => id)));
  });

  it.each(sets)(
    'leaves nothing but definitions, namespaces and volumes of modules that go off: %s …',
    async (...off: ModuleId[]) => {
      cluster.values['1.22'] = without(off);
      await cluster.up(desired);
      const now = await expectNothingElse();
      expect(uidsOf(now, isKept)).toEqual(uidsOf(before, isKept));
    },
    6 * minutes,
  );

  it(
    'is as before when all are on again',
    async () => {
      cluster.values['1.22'] = everything('1.22');
      await cluster.up(desired);
      const now = await clusterObjects(cluster.api);
      expect([...now.keys()].sort()).toEqual([...before.keys()].sort());
      const changed = [...now].filter(
        ([key, { content }]) => JSON.stringify(content) !== JSON.stringify(before.get(key)?.content),
      );
      expect(changed.map(([key]) => key)).toEqual([]);
      expect(uidsOf(now, isKept)).toEqual(uidsOf(before, isKept));
    },
    6 * minutes,
  );
});

/** Identities of what outlives its module: definitions, namespaces, volumes. */
function isKept(key: string): boolean {
  return /^(apiextensions\.k8s\.io\/CustomResourceDefinition|\/Namespace|\/PersistentVolumeClaim)\//.test(key);
}

function uidsOf(objects: Map<string, ClusterObject>, filter: (key: string) => boolean): Record<string, string> {
  const kept = [...objects].filter(([key]) => filter(key)).map(([key, { uid }]) => [key, uid] as const);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function without(off: readonly ModuleId[]): Values {
  return mergeValues(everything('1.22'), ...off.map((id) => ({ [id]: { enabled: false } })));
}

/** These modules and those that, as they are configured, need one of them. */
function withDependents(off: readonly ModuleId[]): ModuleId[] {
  const { problems } = checkValues(without(off), release('1.22'));
  const dependents = problems.map(({ path }) => path[0] as ModuleId);
  return dependents.length === 0 ? [...off] : withDependents([...new Set([...off, ...dependents])]);
}

/** Two sets of modules that can be off at once, together all of them. */
function offSets(): ModuleId[][] {
  const first = withDependents(['cert-manager', 'istio', 'metrics']);
  const others = modules.map(({ id }) => id).filter((id) => !first.includes(id));
  return [first, withDependents(others)];
}
