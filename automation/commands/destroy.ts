import { withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface DestroyOptions {
  env: string;
  yes: boolean;
}

export const destroy = defineCommand<DestroyOptions>({
  command: 'destroy <env>',
  describe: 'take an environment down, last layer first; etcd volumes, backups and keys are kept',
  builder: (yargs) =>
    withEnvironment(yargs)
      .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'really do it' })
      .example('$0 destroy demo --yes', 'take the demo environment down'),
  handler: async (argv, context) => {
    const { destroy } = await import('../environment/destroy.ts');
    return destroy(argv, context);
  },
});
