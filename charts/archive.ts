import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { extract } from 'tar';
import { UserError } from '../errors/index.ts';
import { isChart } from './chart.ts';

/** SHA-256 of a file, in hexadecimal. */
export function fileDigest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** SHA-256 over the files of a directory, by their paths in order and their contents; whatever unpacked them. */
export function directoryDigest(directory: string): string {
  const hash = createHash('sha256');
  for (const file of filesBelow(directory)) {
    const content = readFileSync(file);
    hash.update(`${relative(directory, file).split(sep).join('/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Every file below a directory, sorted; none where there is no such directory. */
export function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Directory of the chart in an archive, unpacked into the charts' cache on first use. The cache has it by the archive's digest:
 * two archives of one name and version that differ are never mixed up.
 * @throws UserError when the file is no chart archive.
 */
export function unpackedArchive(archive: string, cache: string, digest = fileDigest(archive)): string {
  const target = join(cache, '.unpacked', digest);
  const present = chartWithin(target);
  if (present) return present;
  mkdirSync(join(target, '..'), { recursive: true });
  // Unpacked beside its final place and moved there, so that two runs at once don't see half a chart.
  const staging = mkdtempSync(`${target}-`);
  try {
    extract({ file: archive, cwd: staging, sync: true });
    if (!chartWithin(staging)) throw new Error('there is no Chart.yaml in its first directory');
    renameSync(staging, target);
  } catch (cause) {
    rmSync(staging, { recursive: true, force: true });
    const unpackedByOther = chartWithin(target);
    if (unpackedByOther) return unpackedByOther;
    throw new UserError(`This is no archive of a Helm chart: ${(cause as Error).message}.`, {
      where: archive,
      fix: 'Fetch it again.',
      state: 'Nothing was changed.',
      cause,
    });
  }
  return chartWithin(target)!;
}

/** A chart's archive holds one directory, which is the chart. */
function chartWithin(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .find(isChart);
}
