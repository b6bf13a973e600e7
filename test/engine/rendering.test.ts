import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../modules/definition.ts';
import type { RenderedModule } from '../../modules/deploy.ts';
import { modules } from '../../modules/index.ts';
import { releases } from '../../releases/index.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import { standInCharts } from '../../sandbox/charts/index.ts';
import { atRealSize } from '../../sandbox/charts/real-size.ts';
import { crdsOf } from '../unit/charts/stand-in-crds.ts';
import { DryRun } from './dry-run.ts';
import { everything } from './everything.ts';
import { ModulesCluster } from './modules-cluster.ts';
import { readable } from './readable.ts';

const minutes = 60_000;

/** Every module with all its parts on, rendered by the Helm of the real provider, from stand-in charts. */
describe.each(releaseIds)('modules of %s', (release: ReleaseId) => {
  let cluster: ModulesCluster;
  let rendered: RenderedModule[] = [];

  beforeAll(async () => {
    cluster = await ModulesCluster.start(release, 'stand-ins');
    cluster.values[release] = everything(release);
    rendered = await cluster.render({ release });
  }, 2 * minutes);
  afterAll(() => cluster?.stop());

  const ids = modules.filter(({ releases }) => releases.includes(release)).map(({ id }) => id);

  it.each(ids)('%s is as its snapshot says', async (id) => {
    const module = rendered.find(({ definition }) => definition.id === id);
    await expect(readable(module!)).toMatchFileSnapshot(join('snapshots', release, `${id}.yaml`));
  });

  it(
    'are accepted by API servers of that release, object by object',
    async () => {
      const dryRun = new DryRun(cluster.api);
      await dryRun.define(
        atRealSizes(
          rendered.flatMap(({ crds }) => crds),
          release,
        ),
      );
      const objects = rendered.flatMap(({ objects }) => objects);
      await dryRun.namespaces(objects);
      expect(await dryRun.refusals(objects)).toEqual([]);
    },
    3 * minutes,
  );
});

/** Stand-ins' definitions with the schemas that rehearsals have: nothing in them may refuse an object. */
function atRealSizes(crds: KubernetesObject[], id: ReleaseId): KubernetesObject[] {
  const pins = Object.values(releases[id]!.charts);
  const pinned = standInCharts.filter(({ chart, version }) =>
    pins.some((pin) => pin.chart === chart && pin.version === version),
  );
  const sized = new Map(pinned.flatMap((chart) => [...crdsOf(atRealSize(chart))]));
  expect(crds.filter(({ metadata }) => sized.has(metadata.name)).length).toBe(sized.size);
  return crds.map((crd) => sized.get(crd.metadata.name) ?? crd);
}
