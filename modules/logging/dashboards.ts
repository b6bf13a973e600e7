import { type DashboardSet, dashboardsConfigMap } from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';
import { elasticsearch } from './dashboard-elasticsearch.ts';
import { fluent } from './dashboard-fluent.ts';

const ofFluent: DashboardSet = () => ({ 'fluent-logging': fluent() });
const ofBoth: DashboardSet = () => ({ 'fluent-logging': fluent(), 'elasticsearch-logging': elasticsearch() });

/** Dashboards of the way that logs take, and of Elasticsearch where it runs in this cluster. */
export function loggingDashboards(
  fullName: string,
  namespace: string,
  labels: Record<string, string>,
  has: { elasticsearch: boolean },
): KubernetesObject {
  return dashboardsConfigMap({
    name: `${fullName}-grafana-dashboards`,
    namespace,
    labels,
    folder: 'Logging',
    dashboards: has.elasticsearch ? ofBoth : ofFluent,
  });
}
