import { loadApplication } from '../../../application/application-file.ts';
import { releasesOf, valuesAt } from '../../../application/migration/index.ts';
import type { ChartStore } from '../../../charts/index.ts';
import { type Environment, loadEnvironment } from '../../../environment/environment.ts';
import { UserError } from '../../../errors/index.ts';
import { releases } from '../../../releases/index.ts';
import { type ChartPin, type ReleaseId, releaseIds } from '../../../releases/release.ts';
import { placeholderFacts } from '../../../stacks/facts.ts';
import { chartsWanted } from '../../../stacks/rendering.ts';

/** A pinned chart and the releases that pin it. */
export interface WantedChart {
  pin: ChartPin;
  releases: ReleaseId[];
}

/** Which charts a command is about. */
export interface ChartSelection {
  /** Environment: only what its application.yaml switches on. Absent: every chart of a release. */
  env?: string;
  /** Default: every known release; of an environment, its own and the next. */
  release?: ReleaseId;
}

/** The charts of a selection, by name and version. */
export function wantedCharts(selection: ChartSelection, stacksDirectory: string): WantedChart[] {
  const environment = selection.env ? loadEnvironment(selection.env, stacksDirectory) : undefined;
  const chosen = selection.release ? [selection.release] : environment ? releasesOf(environment) : releaseIds;
  const wanted = new Map<string, WantedChart>();
  for (const release of chosen) {
    for (const pin of environment ? switchedOn(environment, release) : Object.values(releases[release]!.charts)) {
      const key = `${pin.chart} ${pin.version}`;
      const known = wanted.get(key);
      if (!known) wanted.set(key, { pin, releases: [release] });
      else if (!known.releases.includes(release)) known.releases.push(release);
    }
  }
  return [...wanted.keys()].sort().map((key) => wanted.get(key)!);
}

/**
 * Refuses to start what would fail for want of a chart once machines are up.
 * @throws UserError naming every chart that is nowhere, or one that is another version than its name says.
 */
export function refuseMissingCharts(environment: Environment, charts: ChartStore): void {
  const { release, previous } = loadApplication(environment);
  const wanted = [release, ...(previous ? [previous.release] : [])].flatMap((id) => switchedOn(environment, id));
  const missing = wanted.filter((pin) => !charts.search(pin).found);
  if (missing.length === 0) return;
  // One that is alone is explained better where it is looked for.
  if (missing.length === 1) charts.find(missing[0]!);
  throw new UserError(
    `${missing.length} Helm charts are nowhere to be found: ${missing.map(({ chart, version }) => `${chart} ${version}`).join(', ')}.`,
    {
      fix: `Run \`kubezero charts pull ${environment.name}\`; or give a directory that has them with --charts.`,
      state: 'Nothing was changed.',
    },
  );
}

/** Which charts depends on the values alone, not on what is deployed. */
function switchedOn(environment: Environment, release: ReleaseId): ChartPin[] {
  const facts = placeholderFacts(environment, releases[release]!.kubernetesVersion);
  return chartsWanted({ release, values: valuesAt(environment, release), facts });
}
