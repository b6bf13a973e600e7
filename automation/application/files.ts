import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../../errors/index.ts';
import { parseApplication, releaseIn } from '../../stacks/application.ts';
import { type MigratedApplication, migrateApplication } from './migrate.ts';

/** An environment's application.yaml before and after its migration. */
export interface MigratedFile extends MigratedApplication {
  /** Absolute path of application.yaml. */
  file: string;
  before: string;
}

/**
 * What migrating an environment's application.yaml gives; writes nothing.
 * @param directory of the environment, with application.yaml in it
 * @throws UserError naming every problem of the file as it is or, where there is none, as it would be: keys that the
 * new release refuses.
 */
export async function planMigration(directory: string, to: string): Promise<MigratedFile> {
  const file = join(directory, 'application.yaml');
  const shown = relative(process.cwd(), file);
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`can't read application.yaml: ${error.code === 'ENOENT' ? 'there is none' : error.message}`, {
      where: shown,
      fix: 'name an environment that has one, or use `kubezero migrate -` as a filter',
      state: 'nothing was changed',
    });
  });
  const migrated = migrateApplication(before, { to, file: shown });
  // A file that says it is at the new release and still has the old one's keys is what a migration puts right.
  if (releaseIn(before) !== to) parseApplication(before, shown);
  parseApplication(migrated.text, `${shown} (as migrated)`);
  return { file, before, ...migrated };
}

/**
 * Writes a planned migration. The original stays beside it as application.previous.yaml, which the modules that are
 * still at the old release read until the upgrade is over; one that is there already is the older original and is kept.
 */
export async function writeMigration({ file, before, text }: MigratedFile): Promise<void> {
  if (text === before) return;
  const previous = join(dirname(file), 'application.previous.yaml');
  if (!existsSync(previous) && releaseIn(before) !== releaseIn(text)) await replaceFile(previous, before);
  await replaceFile(file, text);
}

/** A reader sees the old file or the new one, never half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  const next = `${file}.${process.pid}.next`;
  await writeFile(next, text);
  await rename(next, file);
}
