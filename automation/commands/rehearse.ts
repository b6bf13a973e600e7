import { chartsOption, reportOption, useGivenCharts, withEnvironment } from './arguments.ts';
import { defineCommand } from './definition.ts';

export interface RehearseOptions {
  env: string;
  /** Directory for result.json and report.md. */
  report?: string;
  keep: boolean;
  /** Directories with upstream charts, see `chartsOption`. */
  charts?: string[];
}

export const rehearse = defineCommand<RehearseOptions>({
  command: 'rehearse <env>',
  describe: 'bring an environment up in a sandbox on this machine and upgrade it there; needs no AWS account',
  builder: (yargs) =>
    withEnvironment(yargs)
      .option('report', reportOption)
      .option('keep', {
        type: 'boolean',
        default: false,
        describe: 'leave the sandbox running at the end and say how to reach it',
      })
      .option('charts', chartsOption)
      .example('$0 rehearse demo', 'up at 1.21, then the upgrade to 1.22')
      .example('$0 rehearse demo --report out --keep', 'write the record and keep the cluster'),
  handler: async (argv, context) => {
    await useGivenCharts(argv);
    const { rehearse } = await import('../rehearse/command.ts');
    return rehearse(argv, context);
  },
});
