import type { Argv } from 'yargs';
import { layers } from '../../stacks/outputs.ts';
import type { GlobalOptions } from './definition.ts';

/** Adds the `<env>` argument that most commands start with. */
export function withEnvironment(yargs: Argv<GlobalOptions>): Argv<GlobalOptions & { env: string }> {
  return yargs.positional('env', {
    type: 'string',
    demandOption: true,
    describe: 'environment: a directory with environment.yaml below the stacks directory, e.g. demo',
  });
}

/** Option `layer` of the commands that work on stacks. */
export const layerOption = {
  type: 'string',
  array: true,
  choices: layers,
  requiresArg: true,
  describe: 'only this layer; may be given several times',
} as const;

/** Option `report` of the commands that leave a record. */
export const reportOption = {
  type: 'string',
  requiresArg: true,
  describe: 'write result.json and report.md to this directory',
} as const;
