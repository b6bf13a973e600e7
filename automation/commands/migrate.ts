import { defineCommand } from './definition.ts';

/** What a lone `-` argument becomes: the parser would take it for an option without a name. */
export const standardInput = '/dev/stdin';

export interface MigrateOptions {
  /** Environment name, or {@link standardInput}: filter from stdin to stdout. */
  env: string;
  to: string;
  dryRun: boolean;
}

export const migrate = defineCommand<MigrateOptions>({
  command: 'migrate <env>',
  describe: "rewrite an environment's application.yaml for the next release; comments, quotes and order are kept",
  builder: (yargs) =>
    yargs
      .positional('env', {
        type: 'string',
        demandOption: true,
        describe: 'environment, or - to read application.yaml from stdin and write the new one to stdout',
      })
      .option('to', { type: 'string', requiresArg: true, default: '1.22', describe: 'release to migrate to' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'print the difference, write nothing' })
      .example('$0 migrate demo', 'rewrite stacks/demo/application.yaml and print what changed')
      .example('$0 migrate - --to 1.22 < application.yaml > new.yaml', 'as a filter'),
  handler: async (argv, context) => {
    const { migrate } = await import('../application/command.ts');
    return migrate(argv, context);
  },
});
