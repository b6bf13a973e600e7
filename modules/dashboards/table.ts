import type { Override, Panel } from './model.ts';
import { described, field, refId, steps, type Thresholds, type Unit } from './panels.ts';

/** A column with values: a query whose result has the labels of the table's {@link TableOptions.by}. */
export interface ValueColumn {
  title: string;
  expr: string;
  unit?: Unit;
  decimals?: number;
  /** Colours the cell's background. */
  thresholds?: Thresholds;
}

/** A column with a label that names the row. */
export interface LabelColumn {
  label: string;
  title: string;
  /** Address that the cell leads to, e.g. from {@link dashboardUrl}; `${__value.text}` is the cell's text. */
  link?: string;
}

export interface TableOptions {
  /** Labels that the queries are grouped by; each distinct set is a row. Others aren't shown. */
  by: LabelColumn[];
  columns: ValueColumn[];
  description?: string;
  /** Title of the column that rows are ordered by, largest first. Default: the first value. */
  sortBy?: string;
  /** Of 24 columns. Default: all. */
  width?: number;
  /** In units of 30 pixels. Default: 8. */
  height?: number;
}

/** Values now, a row per set of labels and a column per query. Queries must be grouped by exactly the labels of `by`. */
export function table(title: string, options: TableOptions): Panel {
  const { by, columns } = options;
  const names: Record<string, string> = {};
  const order: Record<string, number> = {};
  for (const [index, { label, title: shown }] of by.entries()) {
    names[label] = shown;
    order[label] = index;
  }
  for (const [index, column] of columns.entries()) {
    // With one query only, Grafana doesn't tell values of queries apart.
    const value = columns.length === 1 ? 'Value' : `Value #${refId(index)}`;
    names[value] = column.title;
    order[value] = by.length + index;
  }
  return {
    type: 'table',
    title,
    ...described(options),
    size: { w: options.width ?? 24, h: options.height ?? 8 },
    targets: columns.map(({ expr }, index) => ({ refId: refId(index), expr, instant: true, format: 'table' })),
    fieldConfig: { defaults: {}, overrides: [...by.flatMap(linkOverride), ...columns.map(valueOverride)] },
    options: { showHeader: true, sortBy: [{ displayName: options.sortBy ?? columns[0]!.title, desc: true }] },
    transformations: [
      ...(columns.length === 1 ? [] : [{ id: 'merge', options: {} }]),
      { id: 'organize', options: { excludeByName: { Time: true }, indexByName: order, renameByName: names } },
    ],
  };
}

function linkOverride({ title, link }: LabelColumn): Override[] {
  if (!link) return [];
  return [
    {
      matcher: { id: 'byName', options: title },
      properties: [{ id: 'links', value: [{ title: 'Details', url: link }] }],
    },
  ];
}

function valueOverride({ title, unit, decimals, thresholds }: ValueColumn): Override {
  const properties = Object.entries(field({ unit, decimals })).map(([id, value]) => ({ id, value: value as unknown }));
  if (thresholds) {
    properties.push(
      { id: 'thresholds', value: steps(thresholds) },
      { id: 'custom.displayMode', value: 'color-background' },
    );
  }
  return { matcher: { id: 'byName', options: title }, properties };
}
