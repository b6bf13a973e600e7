import { environmentArgument } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const status = defineCommand({
  command: 'status <env>',
  describe: 'what is deployed, at which release, whether the cluster is healthy, and when its certificates expire',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .example('$0 status demo', 'stacks, nodes and modules with their releases')
      .example('$0 status demo --json', 'the same as one JSON document'),
  operation: async () => (await import('../../operations/status.ts')).status,
});
