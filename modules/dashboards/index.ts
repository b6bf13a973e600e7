/**
 * Grafana dashboards as pure functions: panels, tables, variables, laid out on the grid, in a ConfigMap for Grafana's
 * sidecar. A module's dashboards are in its `dashboards.ts`.
 */
export { type DashboardSet, dashboardsConfigMap } from './config-map.ts';
export { dashboard, row } from './dashboard.ts';
export type { Dashboard, Panel, Variable } from './model.ts';
export {
  barGauge,
  dashboardList,
  gauge,
  type Query,
  stat,
  type Thresholds,
  text,
  timeSeries,
  type Unit,
} from './panels.ts';
export { table } from './table.ts';
export { dashboardUrl, namespaceVariable, tagMenu, variable } from './variables.ts';
