import { withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface CommentOptions {
  env: string;
  /** File with the Markdown, short enough for a comment. */
  file: string;
  /** File with all of it, for the job summary. */
  full?: string;
  /** Exit code of the command that wrote the file; with 0 (nothing to change) no new comment is made. */
  exitCode?: number;
  always: boolean;
  /** Number of the pull or merge request; absent: that of the pipeline's event. */
  request?: number;
  /** Commit that was previewed; absent: that of the pipeline's event. */
  commit?: string;
  summaryOnly: boolean;
}

export const comment = defineCommand<CommentOptions>({
  command: 'comment <env>',
  describe: 'in a pipeline: put a preview on the pull or merge request, in one comment per environment',
  builder: (yargs) =>
    withEnvironment(yargs)
      .option('file', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'the Markdown, as `preview --markdown` writes it',
      })
      .option('full', {
        type: 'string',
        requiresArg: true,
        describe: 'the whole of it, as `preview --full` writes it: for the job summary, where that takes so much',
      })
      .option('exit-code', {
        type: 'number',
        requiresArg: true,
        describe: 'of the preview; with 0, nothing to change, a comment that is there is updated and none is made',
      })
      .option('always', { type: 'boolean', default: false, describe: 'make a comment where nothing changes, too' })
      .option('request', {
        type: 'number',
        requiresArg: true,
        describe: 'number of the pull or merge request (default: that of the event)',
      })
      .option('commit', {
        type: 'string',
        requiresArg: true,
        describe:
          'commit that was previewed (default: that of the event); where a newer one is there, nothing is posted',
      })
      .option('summary-only', { type: 'boolean', default: false, describe: 'write the job summary, post nothing' })
      .example('$0 comment demo --file preview.md --exit-code 2', 'in GitHub Actions or GitLab CI'),
  handler: async (argv, context) => {
    const { comment } = await import('../pipelines/comment.ts');
    return comment(argv, context);
  },
});
