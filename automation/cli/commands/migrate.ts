import { defineCommand } from './definition.ts';

export const migrate = defineCommand({
  command: 'migrate <env>',
  describe: "rewrite an environment's application.yaml for the next release; comments, quotes and order are kept",
  builder: (yargs) =>
    yargs
      .positional('env', {
        type: 'string',
        demandOption: true,
        describe: 'environment, or - to read application.yaml from stdin and write the new one to stdout',
      })
      .option('to', { type: 'string', requiresArg: true, describe: 'release to migrate to; default: the next' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'print the difference, write nothing' })
      .example('$0 migrate demo', 'rewrite stacks/demo/application.yaml and print what changed')
      .example('$0 migrate - --to 1.22 < application.yaml > new.yaml', 'as a filter'),
  operation: async () => (await import('../../operations/migrate.ts')).migrate,
});
