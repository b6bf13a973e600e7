import { dashboardsConfigMap } from '../dashboards/index.ts';
import type { KubernetesObject } from '../definition.ts';
import { natsDashboards } from './dashboards-nats.ts';
import { rabbitmqDashboards } from './dashboards-rabbitmq.ts';

interface Place {
  /** What KubeZero's chart would be called in the release: start of the ConfigMap's name. */
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** The dashboard of NATS. */
export function natsDashboardConfig({ name, ...place }: Place): KubernetesObject {
  return dashboardsConfigMap({ name: `${name}-grafana-dashboards-nats`, ...place, dashboards: natsDashboards });
}

/** The dashboard of RabbitMQ. */
export function rabbitmqDashboardConfig({ name, ...place }: Place): KubernetesObject {
  return dashboardsConfigMap({ name: `${name}-grafana-dashboards-rabbitmq`, ...place, dashboards: rabbitmqDashboards });
}
