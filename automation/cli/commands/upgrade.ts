import { UserError } from '../../../errors/index.ts';
import {
  allowOption,
  chartsOption,
  environmentArgument,
  planOption,
  policyPackOption,
  reportOption,
} from './arguments.ts';
import { defineCommand } from './definition.ts';

export const upgrade = defineCommand({
  command: 'upgrade <env>',
  describe: 'take an environment to the next KubeZero release, step by step, each step gated',
  builder: (yargs) =>
    yargs
      .positional('env', environmentArgument)
      .option('to', {
        type: 'string',
        requiresArg: true,
        describe: 'release to go to (default: the one after the deployed one, or that of an unfinished upgrade)',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'print every step: done, would run with which changes, or blocked by what',
      })
      .option('surge-first', {
        type: 'boolean',
        default: false,
        describe: 'add the new workers before the Istio steps, so that no new gateway pod meets an old kubelet',
      })
      .option('until', { type: 'string', requiresArg: true, describe: 'stop after this step and its gates' })
      .option('from', {
        type: 'string',
        requiresArg: true,
        describe: 'begin with this step; refused where one before it isn’t done',
      })
      .option('only', { type: 'string', requiresArg: true, describe: 'run this step alone, as --from and --until' })
      .option('list', {
        type: 'boolean',
        default: false,
        describe: 'print the steps in their order, a line each; with --json, as JSON',
      })
      .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask before the first change' })
      .option('charts', chartsOption)
      .option('plan', planOption)
      .option('allow', allowOption)
      .option('policy-pack', policyPackOption)
      .option('report', reportOption)
      .example('$0 upgrade demo --dry-run', 'the plan')
      .example(
        '$0 upgrade demo --plan plan.json --yes',
        'what `preview demo --out plan.json` has found, and nothing else',
      )
      .example('$0 upgrade demo --until controllers-reboot --yes', 'a part of it; run it again for the rest')
      .example('$0 upgrade demo --yes', 'run it; run it again to go on after a failure or a kill'),
  operation: async (argv) => {
    if (argv.plan && argv.dryRun)
      throw new UserError('--plan and --dry-run exclude each other', {
        where: '--plan',
        state: 'nothing was changed',
        fix: 'leave one of them out; the plan itself says what it would do',
      });
    refuseTogether(argv);
    return (await import('../../operations/upgrade/command.ts')).upgrade;
  },
});

interface Parts {
  dryRun: boolean;
  list: boolean;
  plan?: string;
  until?: string;
  from?: string;
  only?: string;
}

/** Plans and lists are of the whole upgrade. */
function refuseTogether({ dryRun, list, plan, until, from, only }: Parts): void {
  const whole = list ? '--list' : dryRun ? '--dry-run' : undefined;
  const part = { '--until': until, '--from': from, '--only': only, '--plan': list ? plan : undefined };
  const [given] = Object.entries(part).find(([, value]) => value !== undefined) ?? [];
  if (whole && (given || (list && dryRun)))
    throw new UserError(`${whole} and ${given ?? '--dry-run'} exclude each other`, {
      where: whole,
      state: 'nothing was touched',
      fix: 'leave one of them out',
    });
}
