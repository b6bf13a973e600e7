/**
 * Grafana dashboards as pure functions: panels, tables, variables, laid out on the grid, in a ConfigMap for Grafana's
 * sidecar. A module's dashboards are in its `dashboards.ts`.
 */
export { type DashboardSet, dashboardsConfigMap, unpackDashboard, unpackDashboards } from './config-map.ts';
export { dashboard, type Row, row } from './dashboard.ts';
export type { Panel } from './model.ts';
export {
  barGauge,
  dashboardList,
  gauge,
  stat,
  type Thresholds,
  text,
  timeSeries,
} from './panels.ts';
export { p99, processes, quantiles, rateBy } from './process.ts';
export { table } from './table.ts';
export { choice, dashboardUrl, namespaceVariable, tagMenu, variable } from './variables.ts';
