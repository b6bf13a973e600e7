import type { Argv } from 'yargs';
import type { ExitCode } from '../../../errors/index.ts';
import type { CommandContext, GlobalOptions } from '../../report/command-context.ts';

/** What a command does: with its options, and the context of the run. Returns the exit code; nothing: 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: operations that end without a code end well
export type Operation<Options> = (options: Options, context: CommandContext) => Promise<ExitCode | void>;

/** One command of the command line, as the parser takes it. */
export interface Command {
  command: string;
  /** `false`: not in `--help`. */
  describe: string | false;
  builder(yargs: Argv<GlobalOptions>): Argv<unknown>;
  /** Of a group: the commands in it, of which one has to be named. */
  commands?: Command[];
  /** @param argv  what the parser has made of the command line by what `builder` declares */
  run: Operation<unknown>;
}

/**
 * What a command is called, what it is for and which options it takes. Its module may import nothing heavy at the top: it is
 * loaded for `--help` as well; `operation` imports what does the work.
 */
export interface CommandDefinition<Declared, Options> extends Pick<Command, 'command' | 'describe'> {
  builder(yargs: Argv<GlobalOptions>): Argv<Declared>;
  /** May refuse options that exclude each other; returns what is then run with all of them. */
  operation(argv: Flags<Declared>): Promise<Operation<Options> & NoInfer<Agreeing<Declared, Options>>>;
}

/** Options as they arrive from a builder: `dry-run` as `dryRun`, without the global ones, and without one-letter aliases. */
export type Flags<Declared> = {
  [Name in keyof Declared as Name extends keyof GlobalOptions ? never : CamelCase<Name>]: Declared[Name];
};

type CamelCase<Name> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail> & string>}`
  : Name extends `${infer _Letter}${infer Rest}`
    ? Rest extends ''
      ? never
      : Name
    : never;

/** Options that a builder declares and an operation doesn't take, or the other way round, or with another type. */
export type Parted<Declared, Options> = {
  [Name in keyof Declared | keyof Options]: Name extends keyof Declared & keyof Options
    ? [Declared[Name], Options[Name]] extends [Options[Name], Declared[Name]]
      ? never
      : Name
    : Name;
}[keyof Declared | keyof Options];

/** While the compiler hasn't looked at the builder yet, it takes `Declared` for unknown. */
type Agreeing<Declared, Options> = unknown extends Declared
  ? unknown
  : [Parted<Flags<Declared>, Options>] extends [never]
    ? unknown
    : { 'declared and taken otherwise': Parted<Flags<Declared>, Options> };

/** A command whose options are exactly what its operation takes: the compiler names those that aren't. */
export function defineCommand<Declared, Options>({
  operation,
  ...command
}: CommandDefinition<Declared, Options>): Command {
  return {
    ...command,
    run: async (argv, context) => {
      const run = await operation(argv as Flags<Declared>);
      // They are the same: see Agreeing.
      return run(argv as Options, context);
    },
  };
}

/** A command that only has others below it; `which` asks for one of them. */
export function defineGroup(group: {
  command: string;
  describe: string;
  which: string;
  commands: Command[];
  examples: [command: string, what: string][];
}): Command {
  const { which, examples, ...command } = group;
  return {
    ...command,
    builder: (yargs) => yargs.demandCommand(1, which).example(examples),
    // The parser has asked for one.
    run: async () => undefined,
  };
}
