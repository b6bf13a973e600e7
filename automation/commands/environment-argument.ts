import type { Argv } from 'yargs';
import type { GlobalOptions } from './definition.ts';

/** Adds the `<env>` argument that most commands start with. */
export function withEnvironment(yargs: Argv<GlobalOptions>): Argv<GlobalOptions & { env: string }> {
  return yargs.positional('env', {
    type: 'string',
    demandOption: true,
    describe: 'environment: a directory with environment.yaml below the stacks directory, e.g. demo',
  });
}
