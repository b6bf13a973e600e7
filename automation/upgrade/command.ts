import type { ExitCode } from '../../errors/index.ts';
import type { CommandArguments, CommandContext } from '../commands/definition.ts';
import type { UpgradeOptions } from '../commands/upgrade.ts';

export async function upgrade(_argv: CommandArguments<UpgradeOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
