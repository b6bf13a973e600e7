import type { Environment } from '../../environment/environment.ts';
import { UserError } from '../../errors/index.ts';
import { nextRelease, type ReleaseId } from '../../releases/release.ts';
import { loadApplication, parseApplication } from '../application-file.ts';
import { migrateApplication } from './migrate.ts';

/**
 * An environment's values as they are at a release: those of its application.yaml, of the one before it, or what the
 * migration to the next release makes of them.
 * @throws UserError where they can't be known, or application.yaml is wrong.
 */
export function valuesAt(environment: Environment, release: ReleaseId): Record<string, unknown> {
  const application = loadApplication(environment);
  const known = [application, application.previous].find((document) => document?.release === release);
  if (known) return known.values;
  if (nextRelease(application.release) !== release) {
    throw new UserError(`There are no values of release ${release}: application.yaml is of ${application.release}.`, {
      where: application.file,
      fix: `Leave out --release, or use ${application.release}.`,
      state: 'Nothing was changed.',
    });
  }
  const { text } = migrateApplication(application.text, { to: release, file: application.file });
  return parseApplication(text, `${application.file} (as migrated to ${release})`).values;
}

/** Releases that {@link valuesAt} has values of: application.yaml's own and the one after it. */
export function releasesOf(environment: Environment): ReleaseId[] {
  const { release } = loadApplication(environment);
  const next = nextRelease(release);
  return next ? [release, next] : [release];
}
