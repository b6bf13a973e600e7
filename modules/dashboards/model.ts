/**
 * Grafana's dashboard model at 8.3 and 8.4 (schema version 34), as far as dashboards here use it. Fields that Grafana
 * fills in with its own defaults are left out.
 *
 * Source: https://grafana.com/docs/grafana/v8.4/dashboards/json-model/
 */
export interface Dashboard {
  uid: string;
  title: string;
  description?: string;
  tags: string[];
  schemaVersion: 34;
  version: 1;
  editable: boolean;
  /** 1: the crosshair is shared between panels. */
  graphTooltip: 1;
  refresh: string;
  time: { from: string; to: string };
  timepicker: Record<string, never>;
  annotations: { list: unknown[] };
  links: DashboardLink[];
  templating: { list: Variable[] };
  panels: PlacedPanel[];
}

/** Link in a dashboard's header: to all dashboards with a tag, as a menu; or to one address. */
export interface DashboardLink {
  title: string;
  type: 'dashboards' | 'link';
  tags: string[];
  url?: string;
  asDropdown: boolean;
  keepTime: boolean;
  includeVars: boolean;
  targetBlank: boolean;
}

export interface Variable {
  name: string;
  label?: string;
  type: 'datasource' | 'query' | 'custom';
  query: string | { query: string; refId: string };
  [field: string]: unknown;
}

export interface GridPosition {
  x: number;
  y: number;
  /** Of 24 columns. */
  w: number;
  /** In units of 30 pixels. */
  h: number;
}

/** A query to Prometheus. */
export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  format?: 'table';
}

/** A panel without its place, which the layout gives it. */
export interface Panel {
  type: 'timeseries' | 'stat' | 'gauge' | 'bargauge' | 'table' | 'text' | 'dashlist';
  title: string;
  description?: string;
  size: { w: number; h: number };
  targets?: Target[];
  fieldConfig?: { defaults: Record<string, unknown>; overrides: Override[] };
  options: Record<string, unknown>;
  transformations?: { id: string; options: Record<string, unknown> }[];
}

export interface Override {
  matcher: { id: 'byName' | 'byRegexp'; options: string };
  properties: { id: string; value: unknown }[];
}

export interface PlacedPanel extends Omit<Panel, 'size' | 'type' | 'options'> {
  id: number;
  type: Panel['type'] | 'row';
  gridPos: GridPosition;
  datasource?: { type: 'prometheus'; uid: string };
  options?: Panel['options'];
  /** Of a row: whether its panels are hidden until it is opened. */
  collapsed?: boolean;
  /** Panels of a collapsed row. */
  panels?: PlacedPanel[];
}
