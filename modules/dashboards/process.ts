import { type Row, row } from './dashboard.ts';
import { type Query, timeSeries } from './panels.ts';

/** A row about processes written in Go: memory, CPU, goroutines; e.g. `processes('job="etcd"')`. */
export function processes(matchers: string, { legend = '{{instance}}', collapsed = false } = {}): Row {
  return row(
    'Processes',
    [
      timeSeries('Memory', [[`process_resident_memory_bytes{${matchers}}`, legend]], {
        unit: 'bytes',
        width: 8,
        min: 0,
      }),
      timeSeries('CPU', [[`rate(process_cpu_seconds_total{${matchers}}[$__rate_interval])`, legend]], {
        description: 'CPUs in use.',
        width: 8,
        min: 0,
      }),
      timeSeries('Goroutines', [[`go_goroutines{${matchers}}`, legend]], { width: 8, min: 0 }),
    ],
    { collapsed },
  );
}

/** Quantiles of a histogram, as queries: the median, p90 and p99. */
export function quantiles(histogram: string, matchers: string): Query[] {
  return [0.5, 0.9, 0.99].map((quantile) => [
    `histogram_quantile(${quantile}, sum by (le) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`,
    `p${quantile * 100}`,
  ]);
}

/** The 99th percentile of a histogram for each value of the labels. */
export function p99(histogram: string, matchers: string, by: string): string {
  return `histogram_quantile(0.99, sum by (le, ${by}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`;
}

/** Events a second for each value of the labels. */
export function rateBy(by: string, counter: string, matchers = ''): string {
  return `sum by (${by}) (rate(${counter}${matchers ? `{${matchers}}` : ''}[$__rate_interval]))`;
}
