import { environmentArgument, layerOption } from './arguments.ts';
import { defineCommand } from './definition.ts';
import { planOutputAgrees, planOutputOptions } from './plan-options.ts';

export const drift = defineCommand({
  command: 'drift <env>',
  describe: 'show what was changed behind the stacks’ back, in AWS or in the cluster; changes nothing',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('layer', layerOption)
      .options(planOutputOptions)
      .check(planOutputAgrees)
      .example('$0 drift demo', 'what differs from what was deployed; exit code 2 where something does')
      .example('$0 drift demo --layer network --json', 'the network alone, as JSON'),
  operation: async () => (await import('../../operations/drift.ts')).drift,
});
