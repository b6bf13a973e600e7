import { describe, expect, it } from 'vitest';
import { defineCommand, type Operation } from '../../automation/cli/commands/definition.ts';

/** Compiled with everything else: what the compiler must refuse is marked, and a mark without an error is an error. */
const names = { command: 'try <env>', describe: 'tries' };

interface Options {
  env: string;
  dryRun: boolean;
  layer?: ('network' | 'workers')[];
  limit: number;
}

const operation = (): Promise<Operation<Options>> => Promise.resolve(async () => undefined);

describe('a command whose options part from those of its operation', () => {
  it('is refused by the compiler', () => {
    const agreeing = defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { alias: 'd', type: 'boolean', default: false })
          .option('layer', { type: 'string', array: true, choices: ['network', 'workers'] as const })
          .options({ limit: { type: 'number', default: 1 as number } } as const),
      operation,
    });
    expect(agreeing.command).toBe('try <env>');

    defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { type: 'boolean', default: false })
          .option('limit', { type: 'number', default: 1 }),
      // @ts-expect-error no flag declares `layer`, an optional field
      operation,
    });

    defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { type: 'boolean', default: false })
          .option('layer', { type: 'string', array: true, choices: ['network', 'workers'] as const })
          .option('limit', { type: 'number', default: 1 })
          .option('force', { type: 'boolean', default: false }),
      // @ts-expect-error the operation has no field for --force
      operation,
    });

    defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { type: 'boolean', default: false })
          .option('layer', { type: 'string', array: true, choices: ['network', 'workers'] as const })
          .option('limit', { type: 'string', default: '1' }),
      // @ts-expect-error --limit is text here, and a number there
      operation,
    });

    defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { type: 'boolean', default: false })
          .option('layer', { type: 'string', array: true, choices: ['network', 'workers', 'modules'] as const })
          .option('limit', { type: 'number', default: 1 }),
      // @ts-expect-error --layer takes what the operation doesn't know
      operation,
    });

    defineCommand({
      ...names,
      builder: (yargs) =>
        yargs
          .positional('env', { type: 'string', demandOption: true })
          .option('dry-run', { type: 'boolean', default: false })
          .option('layer', { type: 'string', array: true, choices: ['network', 'workers'] as const })
          .option('limit', { type: 'number' }),
      // @ts-expect-error without a default or demand, --limit may be absent
      operation,
    });
  });
});
