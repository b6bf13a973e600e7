import type { ExitCode } from '../../errors/index.ts';
import type { CommandArguments, CommandContext } from '../commands/definition.ts';
import type { RehearseOptions } from '../commands/rehearse.ts';

export async function rehearse(_argv: CommandArguments<RehearseOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
