import { chartsOption, environmentArgument, machinesOption, reportOption, useGivenCharts } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const rehearse = defineCommand({
  command: 'rehearse <env>',
  describe: 'bring an environment up in a sandbox on this machine and upgrade it there; needs no AWS account',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('report', reportOption)
      .option('keep', {
        type: 'boolean',
        default: false,
        describe: 'leave the sandbox running at the end and say how to reach it',
      })
      .option('charts', chartsOption)
      .option('machines', machinesOption)
      .example('$0 rehearse demo', 'up at 1.21, then the upgrade to 1.22')
      .example('sudo $0 rehearse small --machines real', 'the same on real kubelets and containers')
      .example('$0 rehearse demo --report out --keep', 'write the record and keep the cluster'),
  operation: async (argv) => {
    await useGivenCharts(argv);
    return (await import('../../operations/rehearse/command.ts')).rehearse;
  },
});
