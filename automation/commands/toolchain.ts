import type { Argv } from 'yargs';
import type { GlobalOptions } from './definition.ts';

export const command = 'toolchain';
export const describe = 'toolchain';
export const builder = (yargs: Argv<GlobalOptions>): Argv<GlobalOptions> => yargs;
export async function handler(): Promise<void> {
  throw new Error('not there yet');
}
