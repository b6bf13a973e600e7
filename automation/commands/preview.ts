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

export const formats = ['text', 'markdown', 'json'] as const;

/** Most characters of a comment on a pull request (GitHub takes 65,536, counted as it likes), with some to spare. */
export const commentLimit = 64_000;

export interface PreviewOptions {
  env: string;
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  format?: (typeof formats)[number];
  /** Most characters of Markdown. */
  limit: number;
  /** File to write it to as Markdown, for a comment on a pull request. */
  markdown?: string;
  /** File to write it to as Markdown without leaving anything out. */
  full?: string;
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
    withEnvironment(yargs)
      .option('layer', layerOption)
      .option('charts', chartsOption)
      .option('format', {
        type: 'string',
        choices: formats,
        requiresArg: true,
        describe: 'what to print (default: text; with --json, json)',
      })
      .option('limit', {
        type: 'number',
        default: commentLimit,
        requiresArg: true,
        describe: 'most characters of Markdown; detail is left out from the least risky end',
      })
      .option('markdown', {
        type: 'string',
        requiresArg: true,
        describe: 'also write it to this file as Markdown, for a comment on a pull request',
      })
      .option('full', {
        type: 'string',
        requiresArg: true,
        describe: 'also write it to this file as Markdown, with nothing left out',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'also write the plan to this file, for `up --plan` and `upgrade --plan`',
      })
      .option('to', {
        choices: releaseIds,
        requiresArg: true,
        describe: 'plan the upgrade to this release (default: that of application.yaml, where another is deployed)',
      })
      .option('allow', allowOption)
      .option('policy-pack', policyPackOption)
      .check(({ limit }) => (Number.isInteger(limit) && limit > 0) || '--limit is a number of characters')
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
