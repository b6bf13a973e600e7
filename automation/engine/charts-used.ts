import type { ChartStore } from '../../charts/index.ts';
import type { ChartUse, Report } from '../report/events.ts';

/** Charts that a run has rendered so far. */
export function chartsUsed(charts: ChartStore): ChartUse[] {
  return charts.used().map(({ chart, version, origin, place }) => ({ chart, version, origin, place }));
}

/** Reports which charts a run has rendered, if it has. */
export function reportCharts(store: ChartStore, report: Report): void {
  const charts = chartsUsed(store);
  if (charts.length > 0) report({ type: 'charts', charts });
}
