import { releaseIds } from '../../../releases/release.ts';
import { backendOption, chartsOption, environmentArgument, machinesOption, reportOption } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const rehearse = defineCommand({
  command: 'rehearse <env>',
  describe: 'bring an environment up in a sandbox on this machine and upgrade it there; needs no AWS account',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('to', {
        type: 'string',
        choices: releaseIds,
        requiresArg: true,
        describe: 'release to upgrade to, through those on the way, each verified (default: the next one)',
      })
      .option('report', reportOption)
      .option('keep', {
        type: 'boolean',
        default: false,
        describe: 'leave the sandbox running at the end and say how to reach it',
      })
      .option('charts', chartsOption)
      .option('machines', machinesOption)
      .option('backend', backendOption)
      .option('backend-delay', {
        type: 'number',
        requiresArg: true,
        describe: 's3: milliseconds that each of its calls waits (default: none)',
      })
      .option('backend-bandwidth', {
        type: 'number',
        requiresArg: true,
        describe: 's3: Mbit/s that its calls share, in each direction (default: no limit)',
      })
      .example('$0 rehearse demo', 'up at its release, then the upgrade to the next')
      .example('sudo $0 rehearse small --machines real', 'the same on real kubelets and containers')
      .example(
        '$0 rehearse demo --backend s3 --backend-delay 40 --backend-bandwidth 100',
        'with state in a bucket far away',
      )
      .example('$0 rehearse demo --report out --keep', 'write the record and keep the cluster'),
  operation: async () => (await import('../../operations/rehearse/command.ts')).rehearse,
});
