import { withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface StatusOptions {
  env: string;
}

export const status = defineCommand<StatusOptions>({
  command: 'status <env>',
  describe: 'what is deployed, at which release, and whether the cluster is healthy',
  builder: (yargs) =>
    withEnvironment(yargs)
      .example('$0 status demo', 'stacks, nodes and modules with their releases')
      .example('$0 status demo --json', 'the same as one JSON document'),
  handler: async (argv, context) => {
    const { status } = await import('../environment/status.ts');
    return status(argv, context);
  },
});
