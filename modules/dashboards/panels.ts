import type { Override, Panel, Target } from './model.ts';

/**
 * Grafana's units: `percentunit` is 0 to 1, `percent` 0 to 100, `s` seconds, `Bps` bytes and `pps` packets a second,
 * `reqps` requests a second, `cps` other things counted a second, `dateTimeFromNow` a moment in milliseconds.
 */
export type Unit =
  | 'short'
  | 'none'
  | 'percentunit'
  | 'percent'
  | 's'
  | 'ms'
  | 'bytes'
  | 'Bps'
  | 'pps'
  | 'reqps'
  | 'ops'
  | 'iops'
  | 'cps'
  | 'dateTimeFromNow';

/** A query: the PromQL, and the legend with labels as `{{label}}`. */
export type Query = [expr: string, legend?: string];

/** Value from which on a colour counts; below the first one it is green, unless that is 0. */
export type Thresholds = [from: number, color: 'green' | 'yellow' | 'orange' | 'red' | 'blue'][];

interface Common {
  unit?: Unit;
  description?: string;
  /** Of 24 columns. */
  width?: number;
  /** In units of 30 pixels. */
  height?: number;
  min?: number;
  max?: number;
  decimals?: number;
  thresholds?: Thresholds;
}

export interface TimeSeriesOptions extends Common {
  /** Areas on top of each other. */
  stack?: boolean;
  /** Legends (a regular expression of the whole legend) drawn as a dashed line without area: requests, limits, quotas. */
  dashed?: string;
  /** Legends (a regular expression of the whole legend) drawn downwards: what is sent, next to what is received. */
  mirrored?: string;
  /** `table` shows mean, last and largest value next to each legend. */
  legend?: 'list' | 'table';
}

/** Lines over time. Default width 12, height 8. */
export function timeSeries(title: string, queries: Query[], options: TimeSeriesOptions = {}): Panel {
  const { stack, dashed, mirrored, legend = 'list' } = options;
  const overrides: Override[] = [];
  if (mirrored) overrides.push(byLegend(mirrored, { 'custom.transform': 'negative-Y' }));
  if (dashed) {
    overrides.push(
      byLegend(dashed, {
        'custom.lineStyle': { fill: 'dash', dash: [10, 10] },
        'custom.fillOpacity': 0,
        'custom.stacking': { mode: 'none' },
      }),
    );
  }
  return {
    type: 'timeseries',
    title,
    ...described(options),
    size: { w: options.width ?? 12, h: options.height ?? 8 },
    targets: queries.map(target),
    fieldConfig: {
      defaults: {
        ...field(options),
        custom: {
          fillOpacity: stack ? 30 : 10,
          showPoints: 'never',
          ...(stack ? { stacking: { mode: 'normal', group: 'A' } } : {}),
          ...(options.thresholds ? { thresholdsStyle: { mode: 'line' } } : {}),
        },
      },
      overrides,
    },
    options: {
      legend:
        legend === 'table'
          ? { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'lastNotNull', 'max'] }
          : { displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

export interface StatOptions extends Common {
  /** Text instead of a value, e.g. `{ 0: 'down' }`. */
  texts?: Record<number, string>;
  /** Colours the whole panel. */
  background?: boolean;
  /** Shows the legend instead of the value, e.g. a version. */
  nameOnly?: boolean;
}

/** One large number a query, coloured by thresholds, with its course behind it. Default width 4, height 4. */
export function stat(title: string, queries: Query[], options: StatOptions = {}): Panel {
  return {
    ...single('stat', title, queries, options),
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: options.background ? 'background' : 'value',
      graphMode: options.texts || options.nameOnly ? 'none' : 'area',
      ...(options.nameOnly ? { textMode: 'name' } : {}),
    },
  };
}

/** A dial for a share; `percentunit` from 0 to 1 unless told. Default width 4, height 4. */
export function gauge(title: string, queries: Query[], options: StatOptions = {}): Panel {
  return {
    ...single('gauge', title, queries, { unit: 'percentunit', min: 0, max: 1, ...options }),
    options: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } },
  };
}

/** A bar for each series, now. Default width 12, height 8. */
export function barGauge(title: string, queries: Query[], options: StatOptions = {}): Panel {
  const panel = single('bargauge', title, queries, { width: 12, height: 8, ...options });
  return {
    ...panel,
    targets: panel.targets!.map((of) => ({ ...of, instant: true })),
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      orientation: 'horizontal',
      displayMode: 'gradient',
    },
  };
}

/** Text in Markdown. Default width 24, height 4. */
export function text(title: string, content: string, { width = 24, height = 4 } = {}): Panel {
  return { type: 'text', title, size: { w: width, h: height }, options: { mode: 'markdown', content } };
}

/** Dashboards with a tag. Default width 6, height 10. */
export function dashboardList(title: string, tag: string, { width = 6, height = 10, maxItems = 30 } = {}): Panel {
  return {
    type: 'dashlist',
    title,
    size: { w: width, h: height },
    options: {
      showSearch: true,
      showStarred: false,
      showRecentlyViewed: false,
      showHeadings: false,
      tags: [tag],
      maxItems,
    },
  };
}

function single(type: 'stat' | 'gauge' | 'bargauge', title: string, queries: Query[], options: StatOptions) {
  const mappings = Object.entries(options.texts ?? {}).map(([value, shown]) => ({
    type: 'value',
    options: { [value]: { text: shown } },
  }));
  return {
    type,
    title,
    ...described(options),
    size: { w: options.width ?? 4, h: options.height ?? 4 },
    targets: queries.map(target),
    fieldConfig: {
      defaults: {
        thresholds: steps([]),
        ...field(options),
        color: { mode: 'thresholds' },
        ...(mappings.length > 0 ? { mappings } : {}),
      },
      overrides: [],
    },
  };
}

/** A, B, ... as Grafana names queries of a panel. */
export function refId(index: number): string {
  return String.fromCharCode(65 + index);
}

function target([expr, legend]: Query, index: number): Target {
  return { refId: refId(index), expr, ...(legend ? { legendFormat: legend } : {}) };
}

export function described({ description }: { description?: string }) {
  return description ? { description } : {};
}

/** Defaults of a panel's values: unit, range, thresholds. */
export function field({ unit = 'short', min, max, decimals, thresholds }: Common): Record<string, unknown> {
  return {
    unit,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(decimals === undefined ? {} : { decimals }),
    ...(thresholds ? { thresholds: steps(thresholds) } : {}),
  };
}

/** Thresholds as Grafana has them: the first counts from minus infinity. */
export function steps(thresholds: Thresholds) {
  const [lowest, ...rest] = thresholds[0]?.[0] === 0 ? thresholds : [[0, 'green'] as const, ...thresholds];
  return {
    mode: 'absolute',
    steps: [{ color: lowest![1], value: null }, ...rest.map(([value, color]) => ({ color, value }))],
  };
}

function byLegend(regexp: string, properties: Record<string, unknown>): Override {
  return {
    matcher: { id: 'byRegexp', options: `/^(?:${regexp})$/` },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  };
}
