import type { Layer } from '../../stacks/outputs.ts';
import { layerOption, withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';
import { type PlanOutputOptions, withPlanOutput } from './plan-options.ts';

export interface DriftOptions extends PlanOutputOptions {
  env: string;
  layer?: Layer[];
}

export const drift = defineCommand<DriftOptions>({
  command: 'drift <env>',
  describe: 'show what was changed behind the stacks’ back, in AWS or in the cluster; changes nothing',
  builder: (yargs) =>
    withPlanOutput(withEnvironment(yargs).option('layer', layerOption))
      .example('$0 drift demo', 'what differs from what was deployed; exit code 2 where something does')
      .example('$0 drift demo --layer network --json', 'the network alone, as JSON'),
  handler: async (argv, context) => {
    const { drift } = await import('../environment/drift.ts');
    return drift(argv, context);
  },
});
