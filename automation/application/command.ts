import type { ExitCode } from '../../errors/index.ts';
import type { CommandArguments, CommandContext } from '../commands/definition.ts';
import type { MigrateOptions } from '../commands/migrate.ts';

export async function migrate(_argv: CommandArguments<MigrateOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
