import { usedCharts } from '../../charts/index.ts';
import type { ChartUse, Report } from '../report/events.ts';

/** Charts that this process has rendered so far. */
export function chartsUsed(): ChartUse[] {
  return usedCharts().map(({ chart, version, origin, place }) => ({ chart, version, origin, place }));
}

/** Reports which charts a run has rendered, if it has. */
export function reportCharts(report: Report): void {
  const charts = chartsUsed();
  if (charts.length > 0) report({ type: 'charts', charts });
}
