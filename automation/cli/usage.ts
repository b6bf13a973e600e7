import { UserError } from '../../errors/index.ts';
import { nearest } from '../../errors/nearest.ts';
import type { Command } from './commands/definition.ts';

/** Turns what the argument parser complains about into a message that names the nearest right word. */
export function usageError(message: string, args: string[], parser: object, commands: Command[]): UserError {
  const names = commands.map(({ command }) => command.split(' ')[0] as string);
  const known = args.find((argument) => names.includes(argument));
  const help = known ? `kubezero ${known} --help` : 'kubezero --help';
  const unknown = /^Unknown (?:arguments?|commands?): (.*)$/s.exec(message)?.[1];
  if (unknown === undefined) {
    const missing = known && /^Not enough non-option arguments/.test(message);
    return new UserError(missing ? missingArgument(known, args, commands) : plain(message, args), {
      fix: `see \`${help}\``,
    });
  }

  const words = unknown.split(', ');
  const option = words.find((word) =>
    args.some((argument) => new RegExp(`^--?(no-)?${escapePattern(word)}(=|$)`).test(argument)),
  );
  if (option !== undefined) {
    const dashed = option.length > 1 ? `--${option}` : `-${option}`;
    return new UserError(`unknown option ${dashed}`, {
      fix: didYouMean(nearest(option, optionNames(parser)), '--', help),
    });
  }
  const word = words[0] ?? '';
  if (!known)
    return new UserError(`unknown command "${word}"`, { fix: didYouMean(nearest(word, names), 'kubezero ', help) });
  return new UserError(`\`kubezero ${known}\` doesn't know what to do with "${word}"`, {
    fix: didYouMean(nearest(word, subcommands(parser)), `kubezero ${known} `, help),
  });
}

function didYouMean(found: string | undefined, prefix: string, help: string): string {
  return found ? `did you mean \`${prefix}${found}\`? See \`${help}\`` : `see \`${help}\``;
}

/** Declared options of the command that was being parsed, dashed spelling only. */
function optionNames(parser: object): string[] {
  const { key } = (parser as { getOptions(): { key: Record<string, unknown> } }).getOptions();
  return Object.keys(key).filter((name) => name.length > 1 && !/[A-Z]/.test(name));
}

/** Names of the commands below the one that was being parsed; not part of the parser's documented interface, so it may fail. */
function subcommands(parser: object): string[] {
  try {
    const { getCommandInstance } = (parser as Internals).getInternalMethods();
    return getCommandInstance().getCommands();
  } catch {
    return [];
  }
}

interface Internals {
  getInternalMethods(): { getCommandInstance(): { getCommands(): string[] } };
}

/** What a command still needs: its arguments as its usage line has them. */
function missingArgument(name: string, args: string[], commands: Command[]): string {
  const usage = commands.find(({ command }) => command.split(' ')[0] === name)?.command ?? '';
  const wanted = usage.split(' ').slice(1).join(' ');
  if (wanted) return `\`kubezero ${name}\` needs ${wanted}`;
  const given = args.slice(args.indexOf(name)).filter((argument) => !argument.startsWith('-'));
  return `\`kubezero ${given.join(' ')}\` needs one more word`;
}

/** The parser's messages span lines and start with capitals; ours don't. */
function plain(message: string, args: string[]): string {
  const choice = /^Invalid values:\s*Argument: (\S+), Given: "?(.*?)"?, Choices: (.*)$/m.exec(message);
  const dashes = args.some((argument) => argument.startsWith(`--${choice?.[1]}`)) ? '--' : '';
  if (choice) return `${dashes}${choice[1]} can't be "${choice[2]}"; it is one of ${choice[3]?.replaceAll('"', '')}`;
  const text = message
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/^Not enough arguments following: (\S+)$/, '--$1 needs a value');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
