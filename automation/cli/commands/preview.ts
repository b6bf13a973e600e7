import { releaseIds } from '../../../releases/release.ts';
import { allowOption, chartsOption, environmentArgument, layerOption, policyPackOption } from './arguments.ts';
import { defineCommand } from './definition.ts';
import { planOutputAgrees, planOutputOptions } from './plan-options.ts';

export const preview = defineCommand({
  command: 'preview <env>',
  describe: 'show everything that is pending; changes nothing',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .options(planOutputOptions)
      .check(planOutputAgrees)
      .option('layer', layerOption)
      .option('charts', chartsOption)
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'also write the plan to this file, for `up --plan` and `upgrade --plan`',
      })
      .option('to', {
        type: 'string',
        choices: releaseIds,
        requiresArg: true,
        describe: 'plan the upgrade to this release (default: that of application.yaml, where another is deployed)',
      })
      .option('allow', allowOption)
      .option('policy-pack', policyPackOption)
      .example('$0 preview demo', 'what is pending in all four stacks')
      .example('$0 preview demo --markdown preview.md', 'the same, and as a comment for a pull request')
      .example('$0 preview demo --to 1.22', 'and the steps of the upgrade, with what each changes')
      .example('$0 preview demo --out plan.json', 'and pinned, for `$0 up demo --plan plan.json`'),
  operation: async () => (await import('../../operations/preview.ts')).preview,
});
