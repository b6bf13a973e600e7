import { environmentArgument } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const comment = defineCommand({
  command: 'comment <env>',
  describe: 'in a pipeline: put a preview on the pull or merge request, in one comment per environment',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
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
  operation: async () => (await import('../../operations/comment/comment.ts')).comment,
});
