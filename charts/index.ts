import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { extract } from 'tar';
import { parse, parseAllDocuments } from 'yaml';
import { UserError } from '../errors/index.ts';
import type { ChartPin } from '../releases/release.ts';
import { cacheDirectory } from '../toolchain/index.ts';

/** Where charts are kept once fetched: `charts` in `KUBEZERO_CACHE`, else in `~/.cache/kubezero`. */
function chartCache(): string {
  return join(cacheDirectory(), 'charts');
}

/** A Kubernetes object as read from YAML. */
export interface ChartObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Directories that charts are looked for in, the first that has one wins: those of `KUBEZERO_CHARTS`, then the cache. */
function chartDirectories(): string[] {
  return [...(process.env.KUBEZERO_CHARTS ?? '').split(delimiter).filter(Boolean), chartCache()];
}

/**
 * Unpacked directory of the chart at exactly the pinned version. In each directory of {@link chartDirectories}:
 * `<chart>-<version>/`, `<chart>-<version>.tgz` (unpacked into the cache), or `<chart>/` of that version.
 * @throws UserError when it is nowhere, or a directory named for the version holds another one.
 */
export function findChart(pin: ChartPin, directories = chartDirectories()): string {
  const otherVersions: string[] = [];
  for (const directory of directories) {
    for (const version of spellings(pin.version)) {
      const named = join(directory, `${pin.chart}-${version}`);
      if (existsSync(join(named, 'Chart.yaml'))) return ofVersion(named, pin);
      if (existsSync(`${named}.tgz`)) return ofVersion(unpack(`${named}.tgz`, pin), pin);
    }
    const plain = join(directory, pin.chart);
    if (existsSync(join(plain, 'Chart.yaml'))) {
      const version = chartVersion(plain);
      if (sameVersion(version, pin.version)) return plain;
      otherVersions.push(`${plain} is ${version}`);
    }
  }
  throw new UserError(`Helm chart ${pin.chart} ${pin.version} is nowhere to be found.`, {
    where: directories.join(delimiter) + (otherVersions.length > 0 ? ` (${otherVersions.join(', ')})` : ''),
    fix: pin.repository
      ? `Run \`helm pull ${pin.chart} --repo ${pin.repository} --version ${pin.version}\` in one of these directories, or name another in KUBEZERO_CHARTS.`
      : `Put it into one of these directories as ${pin.chart}-${pin.version}/, or name another in KUBEZERO_CHARTS.`,
    state: 'Nothing was changed.',
  });
}

/** CRDs of a chart's `crds/` folder and those of the charts inside it. */
export function chartCrds(pin: ChartPin): ChartObject[] {
  return crdsBelow(findChart(pin));
}

function crdsBelow(chart: string): ChartObject[] {
  const objects = files(join(chart, 'crds'))
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as unknown));
  const inner = join(chart, 'charts');
  const subCharts = existsSync(inner)
    ? readdirSync(inner, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => crdsBelow(join(inner, entry.name)))
    : [];
  return [...objects.filter(isCrd), ...subCharts];
}

export function isCrd(object: unknown): object is ChartObject {
  return (object as ChartObject | null)?.kind === 'CustomResourceDefinition';
}

function files(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Some projects publish `v1.8.0`, which others write as `1.8.0`. */
function spellings(version: string): string[] {
  const bare = version.replace(/^v/, '');
  return version === bare ? [bare, `v${bare}`] : [version, bare];
}

function sameVersion(a: string, b: string): boolean {
  return a.replace(/^v/, '') === b.replace(/^v/, '');
}

function chartVersion(directory: string): string {
  return String((parse(readFileSync(join(directory, 'Chart.yaml'), 'utf8')) as { version?: unknown }).version ?? '');
}

function ofVersion(directory: string, pin: ChartPin): string {
  const version = chartVersion(directory);
  if (sameVersion(version, pin.version)) return directory;
  throw new UserError(`Helm chart ${pin.chart} must be ${pin.version}, but this directory holds ${version}.`, {
    where: join(directory, 'Chart.yaml'),
    fix: 'Replace it with the pinned version.',
    state: 'Nothing was changed.',
  });
}

/** Unpacks beside its final place and moves it there, so that two runs at once don't see half a chart. */
function unpack(archive: string, pin: ChartPin): string {
  const target = join(chartCache(), `${pin.chart}-${pin.version}`);
  if (existsSync(join(target, 'Chart.yaml'))) return target;
  mkdirSync(chartCache(), { recursive: true });
  const staging = mkdtempSync(join(chartCache(), '.unpack-'));
  try {
    extract({ file: archive, cwd: staging, sync: true, strip: 1 });
    renameSync(staging, target);
  } catch (cause) {
    rmSync(staging, { recursive: true, force: true });
    if (existsSync(join(target, 'Chart.yaml'))) return target;
    throw new UserError(`The chart archive can't be unpacked.`, { where: archive, fix: 'Fetch it again.', cause });
  }
  return target;
}
