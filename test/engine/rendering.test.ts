import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RenderedModule } from '../../modules/deploy.ts';
import { modules } from '../../modules/index.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
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
      await dryRun.define(rendered.flatMap(({ crds }) => crds));
      const objects = rendered.flatMap(({ objects }) => objects);
      await dryRun.namespaces(objects);
      expect(await dryRun.refusals(objects)).toEqual([]);
    },
    3 * minutes,
  );
});
