import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import type { YamlSource } from '../../environment/yaml-source.ts';
import { UserError } from '../../errors/index.ts';
import { release } from '../../releases/index.ts';
import { nextRelease, type ReleaseId, releaseIds } from '../../releases/release.ts';
import { readApplicationText } from '../application-text.ts';
import { type Application, literalBlock, place, readApplication, untouched } from './application.ts';
import { byLines, byTree, type Replacement, replaceAll, scalarReplacement } from './replacements.ts';
import { isMapping, migrateValues, type Values } from './values.ts';

export interface MigrateApplicationOptions {
  /**
   * Release to migrate to; exactly the one after the file's, or the file's own (then nothing changes). Default: the next
   * one, and at the newest its own.
   */
  to?: string;
  /** File name for messages. */
  file?: string;
}

export interface MigratedApplication {
  text: string;
  /** What was done, a sentence each; empty: the file was as it should be. */
  changes: string[];
  /** What could not be carried over or needs a look, a sentence each. */
  warnings: string[];
}

/**
 * Rewrites KubeZero's application.yaml for the next release: targetRevision, and the values by the release's operations.
 * What doesn't change keeps its text, byte by byte. Pure.
 * @throws UserError for anything it can't read, an unknown or skipped release, a downgrade.
 */
export function migrateApplication(text: string, options: MigrateApplicationOptions): MigratedApplication {
  const { file = 'application.yaml' } = options;
  const application = readApplication(text, file);
  const from = fileRelease(application, file);
  const to = checkStep(from, options.to ?? nextOf(from), file);
  const target = release(to);
  const changes: string[] = [];
  const replacements: Replacement[] = [];
  if (from !== to) {
    const { umbrellaVersion } = target;
    changes.push(`targetRevision ${String(application.targetRevision.source)} is now ${umbrellaVersion}`);
    replacements.push(scalarReplacement(application.targetRevision, umbrellaVersion));
  }
  const { values: old, inner } = application;
  if (!old || !inner || target.migration.length === 0)
    return { text: replaceAll(text, replacements), changes, warnings: [] };

  const block = literalBlock(text, old);
  const { document, before } = readValues(inner);
  const { values, ...said } = migrateValues(before, target);
  const result = { changes: [...changes, ...said.changes], warnings: said.warnings };
  if (said.changes.length === 0) return { text: replaceAll(text, replacements), ...result };
  const ways = [
    () => byLines(text, old, block, document, target.migration),
    () => byTree(text, old, block, document, values),
  ];
  for (const way of ways) {
    const replacement = way();
    const migrated = replacement && replaceAll(text, [...replacements, replacement]);
    if (migrated !== undefined && isWhatWasMeant(migrated, values, file, to)) return { text: migrated, ...result };
  }
  throw new Error('the migrated values are not what the rules give');
}

/** Reads a result again: only that shows that editing text gave the YAML that was meant. */
function isWhatWasMeant(result: string, expected: Values, file: string, to: ReleaseId): boolean {
  const { inner } = readApplicationText(result, file);
  try {
    return isDeepStrictEqual(inner?.document.toJS() ?? {}, expected);
  } catch (error) {
    const alias = error instanceof ReferenceError && /Unresolved alias[^:]*: (\S+)/.exec(error.message)?.[1];
    if (!alias) throw error;
    throw new UserError(
      `the values use *${alias}, whose anchor &${alias} is in a part that ${to} doesn't have any more`,
      {
        where: `${file}: spec.source.helm.values`,
        fix: `write the value out where *${alias} stands, then migrate again`,
        state: untouched,
      },
    );
  }
}

function fileRelease({ targetRevision }: Application, file: string): string {
  const version = String(targetRevision.source ?? targetRevision.value);
  const minor = /^[v^~=<> ]*(\d+\.\d+)\b/.exec(version)?.[1];
  if (minor) return minor;
  throw new UserError(`"${version}" is no version of KubeZero`, {
    where: `${file}: spec.source.targetRevision`,
    fix: 'set it to the version that is deployed, e.g. 1.21.9-4',
    state: untouched,
  });
}

/** The release after this one; this one where there is none; of one that nobody knows, the newest, to say how far that is. */
function nextOf(from: string): string {
  if (!releaseIds.includes(from)) return releaseIds.at(-1) ?? from;
  return nextRelease(from) ?? from;
}

/** The release to go to. @throws UserError unless it is `from` or the one after it. */
function checkStep(from: string, to: string, file: string): ReleaseId {
  const wanted = releaseIds.indexOf(to);
  if (wanted < 0) {
    throw new UserError(`unknown KubeZero release "${to}"`, {
      fix: `known are ${releaseIds.join(', ')}`,
      state: untouched,
    });
  }
  const where = `${file}: spec.source.targetRevision`;
  const at = releaseIds.indexOf(from);
  if (at >= 0 && (at === wanted || at === wanted - 1)) return releaseIds[wanted] as ReleaseId;
  if (compare(from, to) > 0) {
    throw new UserError(`this is ${from}; going back to ${to} is not possible`, { where, state: untouched });
  }
  const before = releaseIds[wanted - 1];
  if (before === undefined)
    throw new UserError(`nothing is known of release ${from}, nor of the way from it to ${to}`, {
      where,
      fix: `bring the cluster and this file to ${to} as KubeZero ${to} describes it`,
      state: untouched,
    });
  throw new UserError(`from ${from} to ${to} skips release ${before}: upgrades go one release at a time`, {
    where,
    fix: `bring the cluster and this file to ${before} first`,
    state: untouched,
  });
}

/** Orders `1.9` before `1.21`. */
function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

/** The values as a document, and what it says. @throws UserError where they can't be read, or are no mapping. */
function readValues(inner: YamlSource): { document: Document; before: Values } {
  const { document, broken, content } = inner;
  const error = document.errors[0];
  if (error || content === undefined) {
    const message = error ? `broken YAML in spec.source.helm.values: ${error.message}` : broken[0]!.message;
    throw new UserError(message, { where: place(inner, error?.pos[0] ?? 0), state: untouched });
  }
  const before = content ?? {};
  if (!isMapping(before)) {
    throw new UserError('expected a mapping of KubeZero modules', {
      where: `${place(inner, document.contents?.range?.[0] ?? 0)}: spec.source.helm.values`,
      state: untouched,
    });
  }
  return { document, before };
}
