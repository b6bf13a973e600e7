import { releaseIds } from '../../../releases/release.ts';
import { chartsOption, environmentArgument } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const render = defineCommand({
  command: 'render <env> [module...]',
  describe: 'print every object that the modules would deploy; needs no cluster',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .positional('module', { type: 'string', array: true, describe: 'only these modules (default: all that are on)' })
      .option('release', {
        type: 'string',
        choices: releaseIds,
        requiresArg: true,
        describe: 'at this release (default: application.yaml’s); at the next one with the values as migrated',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'write to this directory, <module>/<Kind>.<namespace>.<name>.yaml each, instead of printing',
      })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'print only which APIs in it Kubernetes doesn’t serve, now or later',
      })
      .option('show-secrets', { type: 'boolean', default: false, describe: 'with the data of Secrets' })
      .option('charts', chartsOption)
      .example('$0 render demo logging', 'the logging module as YAML')
      .example('$0 render demo --release 1.22 --out rendered', 'everything at 1.22, a file per object')
      .example('$0 render demo --check', 'which APIs a later Kubernetes no longer serves'),
  operation: async () => (await import('../../operations/render/command.ts')).render,
});
