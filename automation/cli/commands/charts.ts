import { releaseIds } from '../../../releases/release.ts';
import { chartsOption } from './arguments.ts';
import { defineCommand } from './definition.ts';

export const charts = defineCommand({
  command: 'charts <action> [env]',
  describe: "upstream's Helm charts: list them with where they come from, pull them, verify them",
  builder: (yargs) =>
    yargs
      .positional('action', {
        choices: ['list', 'pull', 'verify'] as const,
        demandOption: true,
        describe: 'list; pull from the Helm repositories into the cache; verify against the lock',
      })
      .positional('env', {
        type: 'string',
        describe: 'only the charts that this environment’s application.yaml switches on (default: all)',
      })
      .option('release', {
        type: 'string',
        choices: releaseIds,
        requiresArg: true,
        describe: 'only this release’s (default: both; of an environment its own and the next)',
      })
      .option('charts', chartsOption)
      .example('$0 charts list demo', 'what the demo environment is made of, and where each chart comes from')
      .example('$0 charts pull --release 1.22', 'into the cache; the first pull locks the digests')
      .example('$0 charts verify --charts ./charts', 'are these the charts that were locked?'),
  operation: async ({ action }) => (await import('../../operations/charts/command.ts'))[action],
});
