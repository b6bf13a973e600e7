import type { Dashboard, DashboardLink, Panel, PlacedPanel, Variable } from './model.ts';
import { datasourceVariable } from './variables.ts';

/** Columns of Grafana's grid. */
const columns = 24;

/** Panels under a heading. */
export interface Row {
  /** Without a title there is no heading. */
  title?: string;
  /** Hidden until opened; their queries run only then. */
  collapsed: boolean;
  panels: Panel[];
}

/** Panels under a heading; they flow from left to right and wrap at 24 columns. */
export function row(title: string, panels: Panel[], { collapsed = false } = {}): Row {
  return { title, collapsed, panels };
}

export interface DashboardOptions {
  /** Stable: addresses and links contain it. At most 40 characters. */
  uid: string;
  title: string;
  description?: string;
  tags?: string[];
  /** Besides the data source. */
  variables?: Variable[];
  links?: DashboardLink[];
  /** Rows, or panels of a row without heading. */
  rows: (Row | Panel[])[];
  /** How far back to look. Default `now-1h`. */
  from?: string;
}

/** A dashboard, with its panels laid out on Grafana's grid. */
export function dashboard(options: DashboardOptions): Dashboard {
  return {
    uid: options.uid,
    title: options.title,
    ...(options.description ? { description: options.description } : {}),
    tags: options.tags ?? [],
    schemaVersion: 34,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: options.from ?? 'now-1h', to: 'now' },
    timepicker: {},
    annotations: { list: [] },
    links: options.links ?? [],
    templating: { list: [datasourceVariable, ...(options.variables ?? [])] },
    panels: layOut(options.rows.map((of) => (Array.isArray(of) ? { collapsed: false, panels: of } : of))),
  };
}

function layOut(rows: Row[]): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let id = 0;
  let y = 0;
  for (const { title, collapsed, panels } of rows) {
    const heading: PlacedPanel | undefined =
      title === undefined
        ? undefined
        : { id: ++id, type: 'row', title, collapsed, gridPos: { x: 0, y, w: columns, h: 1 } };
    if (heading) y += 1;
    const flow = flowFrom(panels, y, () => ++id);
    if (heading) placed.push(collapsed ? { ...heading, panels: flow.panels } : { ...heading, panels: [] });
    if (!(heading && collapsed)) {
      placed.push(...flow.panels);
      y = flow.end;
    }
  }
  return placed;
}

/** Panels from left to right; a line is as high as its highest panel. */
function flowFrom(panels: Panel[], start: number, nextId: () => number): { panels: PlacedPanel[]; end: number } {
  let x = 0;
  let y = start;
  let height = 0;
  const placed = panels.map(({ size, type, title, ...rest }): PlacedPanel => {
    if (x + size.w > columns) {
      x = 0;
      y += height;
      height = 0;
    }
    const gridPos = { x, y, ...size };
    x += size.w;
    height = Math.max(height, size.h);
    return {
      id: nextId(),
      type,
      title,
      gridPos,
      ...(rest.targets ? { datasource: { type: 'prometheus' as const, uid: '$datasource' } } : {}),
      ...rest,
    };
  });
  return { panels: placed, end: y + height };
}
