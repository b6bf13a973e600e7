import type { ExitCode } from '../../errors/index.ts';
import type { CommandArguments, CommandContext } from '../commands/definition.ts';
import type { DestroyOptions } from '../commands/destroy.ts';
import type { PreviewOptions } from '../commands/preview.ts';
import type { StatusOptions } from '../commands/status.ts';
import type { UpOptions } from '../commands/up.ts';

export async function up(_argv: CommandArguments<UpOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
export async function preview(_argv: CommandArguments<PreviewOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
export async function status(_argv: CommandArguments<StatusOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
export async function destroy(_argv: CommandArguments<DestroyOptions>, _context: CommandContext): Promise<ExitCode> {
  throw new Error('not there yet');
}
