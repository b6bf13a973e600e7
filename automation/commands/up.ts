import type { Layer } from '../../stacks/outputs.ts';
import {
  allowOption,
  chartsOption,
  layerOption,
  planOption,
  policyPackOption,
  useGivenCharts,
  withEnvironment,
} from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface UpOptions {
  env: string;
  /** Layers to update; absent: all, in their order. */
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** What may be deleted or replaced though it holds data, see `allowOption`. */
  allow?: string[];
  /** Directories of policy packs besides those of environment.yaml. */
  policyPack?: string[];
  /** File with a pinned plan: does what is in it and nothing else. */
  plan?: string;
}

export const up = defineCommand<UpOptions>({
  command: 'up <env>',
  describe: 'bring an environment up, or in line with its files: network, controllers, workers, modules',
  builder: (yargs) =>
    withEnvironment(yargs)
      .option('layer', layerOption)
      .option('charts', chartsOption)
      .option('allow', allowOption)
      .option('policy-pack', policyPackOption)
      .option('plan', planOption)
      .conflicts('plan', 'layer')
      .example('$0 up demo', 'all four layers')
      .example('$0 up demo --layer workers', 'one layer')
      .example('$0 up demo --plan plan.json', 'what `preview demo --out plan.json` has found, and nothing else'),
  handler: async (argv, context) => {
    await useGivenCharts(argv);
    const { up } = await import('../environment/up.ts');
    return up(argv, context);
  },
});
