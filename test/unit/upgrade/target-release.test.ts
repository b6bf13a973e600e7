import { describe, expect, it, vi } from 'vitest';
import type { StackOutputs } from '../../../automation/engine/stacks.ts';
import type { GroupInstance } from '../../../automation/live/aws/index.ts';
import { releaseToGoTo, releaseToGoToByFiles } from '../../../automation/upgrade/target-release.ts';
import type { Layer } from '../../../environment/outputs.ts';
import { outputsOf } from './worlds/outputs.ts';

vi.mock('../../../releases/known.ts', async (original) => {
  const { known } = await original<typeof import('../../../releases/known.ts')>();
  return { known: { ...known, '1.23': { ...known['1.22'], id: '1.23', umbrellaVersion: '1.23.11-1' } } };
});

interface Deployed {
  controllers?: string;
  workers?: string;
  modules?: string;
  surge?: boolean;
  /** Launch template version of the machines; that of the groups is 1. */
  machines?: number;
}

/** Where an upgrade of an environment with these files goes. */
function goTo(files: { release: string; previous?: object }, deployed: Deployed): Promise<string> {
  const { release } = files;
  const { controllers = release, workers = release, modules = release, surge = false, machines = 1 } = deployed;
  const outputs = outputsOf(['a'], { general: { desired: 1, min: 1, max: 2 } });
  outputs.controllers.release = controllers;
  Object.assign(outputs.workers, { release: workers, surge });
  outputs.modules.releases = { network: modules };
  outputs.modules.crds = { network: modules };
  const read = async (layer: Layer) => outputs[layer];
  const instance = { instanceId: 'i-1', lifecycleState: 'InService', launchTemplateVersion: machines };
  return releaseToGoTo(files as never, { outputs: read, deployed: read } as StackOutputs, {
    instancesOfGroup: async () => [instance as GroupInstance],
  });
}

const old = { controllers: '1.21', workers: '1.21' };

describe('the release that an upgrade goes to where none is named', () => {
  it.each([
    ['the one after the deployed one', { release: '1.21' }, {}, '1.22'],
    ['not past the next one', { release: '1.22' }, {}, '1.23'],
    ['the newest, where that is deployed', { release: '1.23' }, {}, '1.23'],
    ['that of files that are ahead', { release: '1.22' }, { ...old, modules: '1.21' }, '1.22'],
    ['that of workers that lag', { release: '1.22' }, { workers: '1.21' }, '1.22'],
    ['that of what is ahead of the files', { release: '1.21' }, { modules: '1.22' }, '1.22'],
    ['that of workers that are doubled', { release: '1.22' }, { surge: true }, '1.22'],
    ['that of files whose old values are still there', { release: '1.22', previous: {} }, {}, '1.22'],
    [
      'the next, where machines of the first release lag behind their template',
      { release: '1.21' },
      { machines: 2 },
      '1.22',
    ],
    ['that of machines still to be replaced', { release: '1.22' }, { machines: 2 }, '1.22'],
  ])('is %s', async (_, files, deployed, release) => {
    expect(await goTo(files, deployed)).toBe(release);
  });

  it('can be told from the files alone, but for what is deployed', () => {
    expect(releaseToGoToByFiles({ release: '1.21' })).toBe('1.22');
    expect(releaseToGoToByFiles({ release: '1.22', previous: {} as never })).toBe('1.22');
    expect(releaseToGoToByFiles({ release: '1.23' })).toBe('1.23');
  });
});
