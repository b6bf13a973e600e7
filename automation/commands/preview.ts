import type { Layer } from '../../stacks/outputs.ts';
import { chartsOption, layerOption, useGivenCharts, withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface PreviewOptions {
  env: string;
  layer?: Layer[];
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
  /** File to write the preview to as Markdown, for a comment on a pull request. */
  markdown?: string;
}

export const preview = defineCommand<PreviewOptions>({
  command: 'preview <env>',
  describe: 'show what `up` would change; changes nothing',
  builder: (yargs) =>
    withEnvironment(yargs)
      .option('layer', layerOption)
      .option('charts', chartsOption)
      .option('markdown', {
        type: 'string',
        requiresArg: true,
        describe: 'also write it to this file as Markdown, for a comment on a pull request',
      })
      .example('$0 preview demo', 'pending changes of all four stacks')
      .example('$0 preview demo --markdown preview.md', 'the same, and as a comment for a pull request'),
  handler: async (argv, context) => {
    await useGivenCharts(argv);
    const { preview } = await import('../environment/preview.ts');
    return preview(argv, context);
  },
});
