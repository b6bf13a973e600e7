import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../../errors/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { parseApplication, releaseIn } from '../application-file.ts';
import { type MigratedApplication, migrateApplication } from './migrate.ts';

/** An environment's application.yaml before and after its migration. */
export interface MigratedFile extends MigratedApplication {
  /** Release that it is migrated to. */
  release: ReleaseId;
  /** Absolute path of application.yaml. */
  file: string;
  before: string;
}

/**
 * What migrating an environment's application.yaml gives; writes nothing.
 * @param directory of the environment, with application.yaml in it
 * @param asked release to migrate to; default: the next one, or where the original is still there the file's own
 * @throws UserError naming every problem of the file as it is or, where there is none, as it would be: keys that the
 * new release refuses.
 */
export async function planMigration(directory: string, asked?: string): Promise<MigratedFile> {
  const file = join(directory, 'application.yaml');
  const shown = relative(process.cwd(), file);
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`can't read application.yaml: ${error.code === 'ENOENT' ? 'there is none' : error.message}`, {
      where: shown,
      fix: 'name an environment that has one, or use `kubezero migrate -` as a filter',
      state: 'nothing was changed',
    });
  });
  const begun = existsSync(join(directory, 'application.previous.yaml')) ? releaseIn(before) : undefined;
  const migrated = migrateApplication(before, { to: asked ?? begun, file: shown });
  const release = releaseIn(migrated.text) as ReleaseId;
  // A file that says it is at the new release and still has the old one's keys is what a migration puts right.
  if (releaseIn(before) !== release) parseApplication(before, shown);
  parseApplication(migrated.text, `${shown} (as migrated)`);
  return { file, before, release, ...migrated };
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
