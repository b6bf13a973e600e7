import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { createTwoFilesPatch } from 'diff';
import { planMigration, writeMigration } from '../../application/migration/files.ts';
import { migrateApplication } from '../../application/migration/migrate.ts';
import { environmentNames } from '../../environment/names.ts';
import { UserError } from '../../errors/index.ts';
import { nearest } from '../../errors/nearest.ts';
import { maskTexts } from '../engine/changes/masking.ts';
import type { CommandContext } from '../report/command-context.ts';
import { type MigrateOptions, standardInput } from './migrate-options.ts';

/** `kubezero migrate`: an environment's file in place, or stdin to stdout. Warnings go to stderr either way. */
export async function migrate(argv: MigrateOptions, context: CommandContext): Promise<void> {
  if (argv.env === standardInput) return filter(argv.to, context);
  const plan = await planMigration(environmentDirectory(argv.env, context), argv.to);
  const changed = plan.text !== plan.before;
  if (changed && !argv.dryRun) await writeMigration(plan);
  const file = relative(process.cwd(), plan.file);
  for (const warning of plan.warnings) context.warn(`warning: ${warning}`);
  if (context.json) {
    const { changes, warnings } = plan;
    return context.print(
      JSON.stringify({ file: plan.file, changed, written: changed && !argv.dryRun, changes, warnings }),
    );
  }
  if (!changed) return context.print(`${file} is at ${plan.release} already; nothing to do`);
  context.print(difference(file, ...maskTexts(plan.before, plan.text), context.color));
  for (const change of plan.changes) context.print(`- ${change}`);
  context.print(
    argv.dryRun
      ? `${file} would change as above`
      : `${file} is migrated to ${plan.release}; don't commit it yet, the upgrade does that`,
  );
}

async function filter(to: string | undefined, context: CommandContext): Promise<void> {
  const before = await readAll(addAbortSignal(context.signal, process.stdin));
  const { text, warnings } = migrateApplication(before, { to, file: '<stdin>' });
  for (const warning of warnings) context.warn(`warning: ${warning}`);
  process.stdout.write(text);
}

function environmentDirectory(name: string, context: CommandContext): string {
  const directory = join(context.stacksDirectory, name);
  if (existsSync(directory)) return directory;
  const names = environmentNames({ cwd: process.cwd(), env: context.env }, context.stacksDirectory);
  const meant = nearest(name, names);
  const there =
    names.length > 0 ? `there is ${names.join(', ')}` : 'there is none in this directory; name one with --stacks';
  throw new UserError(`no environment "${name}"`, {
    where: context.stacksDirectory,
    fix: meant ? `did you mean ${meant}?` : there,
    state: 'nothing was changed',
  });
}

function difference(file: string, before: string, after: string, color: boolean): string {
  const patch = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 3 });
  const lines = patch
    .split('\n')
    .filter((line) => !/^(=+$|Index: )/.test(line))
    .join('\n')
    .trimEnd();
  if (!color) return lines;
  return lines.replaceAll(/^([-+]).*$/gm, (line, sign) => `\u001b[${sign === '+' ? 32 : 31}m${line}\u001b[39m`);
}
