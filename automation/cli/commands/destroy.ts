import { environmentArgument } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const destroy = defineCommand({
  command: 'destroy <env>',
  describe: 'take an environment down, last layer first; etcd volumes, backups and keys are kept',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'really do it' })
      .example('$0 destroy demo --yes', 'take the demo environment down'),
  operation: async () => (await import('../../operations/destroy.ts')).destroy,
});
