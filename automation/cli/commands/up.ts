import {
  allowOption,
  chartsOption,
  environmentArgument,
  layerOption,
  planOption,
  policyPackOption,
} from './arguments.ts';
import { defineCommand } from './definition.ts';

export const up = defineCommand({
  command: 'up <env>',
  describe: 'bring an environment up, or in line with its files: network, controllers, workers, modules',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('layer', layerOption)
      .option('charts', chartsOption)
      .option('allow', allowOption)
      .option('policy-pack', policyPackOption)
      .option('plan', planOption)
      .conflicts('plan', 'layer')
      .example('$0 up demo', 'all four layers')
      .example('$0 up demo --layer workers', 'one layer')
      .example('$0 up demo --plan plan.json', 'what `preview demo --out plan.json` has found, and nothing else'),
  operation: async () => (await import('../../operations/up.ts')).up,
});
