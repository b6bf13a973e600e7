import { isDeepStrictEqual } from 'node:util';
import { type Document, LineCounter, parseDocument, type Scalar } from 'yaml';
import { UserError } from '../../errors/index.ts';
import { releases } from '../../releases/index.ts';
import { type ReleaseId, releaseIds } from '../../releases/release.ts';
import { type Application, type LiteralBlock, literalBlock, place, readApplication, untouched } from './application.ts';
import { byLines, byTree, type Replacement, replaceAll, scalarReplacement } from './replacements.ts';
import { isMapping, migrateValues, type Values } from './values.ts';

export interface MigrateApplicationOptions {
  /** Release to migrate to; exactly the one after the file's, or the file's own (then nothing changes). */
  to: string;
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
 * Rewrites KubeZero's application.yaml for the next release: targetRevision, and the values by {@link migrateValues}
 * (release notes 1.22, upgrade step 1). What doesn't change keeps its text, byte by byte. Pure.
 * @throws UserError for anything it can't read, an unknown or skipped release, a downgrade.
 */
export function migrateApplication(text: string, options: MigrateApplicationOptions): MigratedApplication {
  const { file = 'application.yaml' } = options;
  const application = readApplication(text, file);
  const from = fileRelease(application, file);
  const to = checkStep(from, options.to, file);
  if (to !== '1.22') return { text, changes: [], warnings: [] };

  const changes: string[] = [];
  const replacements: Replacement[] = [];
  if (from !== to) {
    const { umbrellaVersion } = releases[to];
    changes.push(`targetRevision ${String(application.targetRevision.source)} is now ${umbrellaVersion}`);
    replacements.push(scalarReplacement(application.targetRevision, umbrellaVersion));
  }
  const old = application.values;
  if (!old) return { text: replaceAll(text, replacements), changes, warnings: [] };

  const block = literalBlock(text, old);
  const document = parseValues(application, old, block, file);
  const { values, ...said } = migrateValues(document.toJS() ?? {});
  const result = { changes: [...changes, ...said.changes], warnings: said.warnings };
  if (said.changes.length === 0) return { text: replaceAll(text, replacements), ...result };
  for (const way of [byLines, byTree]) {
    const replacement = way(text, old, block, document);
    const migrated = replacement && replaceAll(text, [...replacements, replacement]);
    if (migrated !== undefined && isWhatWasMeant(migrated, values, file)) return { text: migrated, ...result };
  }
  throw new Error('the migrated values are not what the rules give');
}

/** Reads a result again: only that shows that editing text gave the YAML that was meant. */
function isWhatWasMeant(result: string, expected: Values, file: string): boolean {
  const text = readApplication(result, file).values?.value ?? '';
  try {
    return isDeepStrictEqual(parseDocument(text).toJS() ?? {}, expected);
  } catch (error) {
    const alias = error instanceof ReferenceError && /Unresolved alias[^:]*: (\S+)/.exec(error.message)?.[1];
    if (!alias) throw error;
    throw new UserError(
      `the values use *${alias}, whose anchor &${alias} is in a part that 1.22 doesn't have any more`,
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

/** The release to go to. @throws UserError unless it is `from` or the one after it. */
function checkStep(from: string, to: string, file: string): ReleaseId {
  const wanted = releaseIds.indexOf(to as ReleaseId);
  if (wanted < 0) {
    throw new UserError(`unknown KubeZero release "${to}"`, {
      fix: `known are ${releaseIds.join(', ')}`,
      state: untouched,
    });
  }
  const where = `${file}: spec.source.targetRevision`;
  const at = releaseIds.indexOf(from as ReleaseId);
  if (at === wanted || at === wanted - 1) return releaseIds[wanted] as ReleaseId;
  if (compare(from, to) > 0) {
    throw new UserError(`this is ${from}; going back to ${to} is not possible`, { where, state: untouched });
  }
  const before = releaseIds[wanted - 1];
  throw new UserError(
    `from ${from} to ${to} skips ${before ? `release ${before}` : 'releases'}: upgrades go one release at a time`,
    {
      where,
      fix: `bring the cluster and this file to ${before ?? to} first`,
      state: untouched,
    },
  );
}

/** Orders `1.9` before `1.21`. */
function compare(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

function parseValues(
  application: Application,
  scalar: Scalar<string>,
  block: LiteralBlock | undefined,
  file: string,
): Document {
  const lines = new LineCounter();
  const document = parseDocument(scalar.value, { keepSourceTokens: true, lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  const located = (offset: number) => {
    if (!block) return place(file, application.lines, scalar.range?.[0] ?? 0);
    const { line, col } = lines.linePos(offset);
    const { line: first } = application.lines.linePos(block.start);
    return `${file}:${first + line - 1}:${block.indent.length + col}`;
  };
  if (broken) {
    throw new UserError(`broken YAML in spec.source.helm.values: ${broken.message}`, {
      where: located(broken.pos[0]),
      state: untouched,
    });
  }
  const { contents } = document;
  if (!isMapping(document.toJS() ?? {})) {
    throw new UserError('expected a mapping of KubeZero modules', {
      where: `${located(contents?.range?.[0] ?? 0)}: spec.source.helm.values`,
      state: untouched,
    });
  }
  return document;
}
