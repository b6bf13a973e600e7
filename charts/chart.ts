import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

/** What a Chart.yaml says, as far as anybody here asks. */
export interface ChartMetadata {
  name: string;
  version: string;
  /** Written for rehearsals: same names as upstream's chart, nothing that runs. */
  standIn: boolean;
}

/** Annotation of charts that only stand in for upstream's. */
const standInAnnotation = 'kubezero.stand-in';

/** Whether a directory is an unpacked chart. */
export function isChart(directory: string): boolean {
  return existsSync(join(directory, 'Chart.yaml'));
}

/** Chart.yaml of an unpacked chart. One that can't be read has the name of its directory and no version. */
export function chartMetadata(directory: string): ChartMetadata {
  try {
    const { name, version, annotations } = parse(readFileSync(join(directory, 'Chart.yaml'), 'utf8')) ?? {};
    return {
      name: String(name ?? basename(directory)),
      version: String(version ?? ''),
      standIn: String(annotations?.[standInAnnotation]) === 'true',
    };
  } catch {
    return { name: basename(directory), version: '', standIn: false };
  }
}

/** Some projects publish `v1.8.0`, which others write as `1.8.0`. */
export function sameVersion(a: string, b: string): boolean {
  return a.replace(/^v/, '') === b.replace(/^v/, '');
}

/** Both spellings of a version, the given one first. */
export function spellings(version: string): string[] {
  const bare = version.replace(/^v/, '');
  return version === bare ? [bare, `v${bare}`] : [version, bare];
}
