import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ChartPin } from '../releases/release.ts';
import { filesBelow, unpackedArchive } from './archive.ts';
import { isChart } from './chart.ts';
import type { ChartStore } from './store.ts';

/** A Kubernetes object as read from YAML. */
export interface ChartObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** CRDs of a chart's `crds/` folder and those of the charts inside it. */
export function chartCrds(charts: ChartStore, pin: ChartPin): ChartObject[] {
  return crdsBelow(charts.find(pin), charts.cache);
}

function crdsBelow(chart: string, cache: string): ChartObject[] {
  const objects = filesBelow(join(chart, 'crds'))
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as unknown));
  const inner = subCharts(join(chart, 'charts'), cache);
  return [...objects.filter(isCrd), ...inner.flatMap((each) => crdsBelow(each, cache))];
}

/** Charts inside a chart are packed where its dependencies were fetched by hand. */
function subCharts(directory: string, cache: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (path.endsWith('.tgz') ? [unpackedArchive(path, cache)] : isChart(path) ? [path] : []));
}

export function isCrd(object: unknown): object is ChartObject {
  return (object as ChartObject | null)?.kind === 'CustomResourceDefinition';
}
