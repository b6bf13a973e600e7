import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import type { Layer } from '../../stacks/outputs.ts';
import {
  allowOption,
  chartsOption,
  layerOption,
  policyPackOption,
  useGivenCharts,
  withEnvironment,
} from './arguments.ts';
import { defineCommand } from './definition.ts';
import { type PlanOutputOptions, withPlanOutput } from './plan-options.ts';

export interface PreviewOptions extends PlanOutputOptions {
  env: string;
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** File to write the pinned plan to. */
  out?: string;
  /** Release to plan the upgrade to; without it, that of application.yaml where it isn't the deployed one. */
  to?: ReleaseId;
  /** What may be deleted or replaced though it holds data. */
  allow?: string[];
  /** Directories of policy packs besides those of environment.yaml. */
  policyPack?: string[];
}

export const preview = defineCommand<PreviewOptions>({
  command: 'preview <env>',
  describe: 'show everything that is pending; changes nothing',
  builder: (yargs) =>
    withPlanOutput(withEnvironment(yargs))
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
  handler: async (argv, context) => {
    await useGivenCharts(argv);
    const { preview } = await import('../environment/preview.ts');
    return preview(argv, context);
  },
});
