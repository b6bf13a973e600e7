import {
  type DashboardSet,
  dashboard,
  dashboardsConfigMap,
  namespaceVariable,
  variable,
} from '../../dashboards/index.ts';
import type { KubernetesObject } from '../../definition.ts';
import { controlPlane } from './control-plane.ts';
import { mesh, uids } from './mesh.ts';
import { reported, reporterVariable, summary, trafficRow } from './traffic.ts';

const service = () => {
  const to = `${reported},destination_service=~"$service"`;
  return dashboard({
    title: 'Istio: one service',
    uid: uids.service,
    tags: ['istio'],
    variables: [
      variable('service', 'label_values(istio_requests_total, destination_service)', { label: 'Service' }),
      reporterVariable(),
    ],
    rows: [
      summary(to),
      trafficRow(
        'By client',
        to,
        ['source_workload', 'source_workload_namespace'],
        '{{source_workload}}.{{source_workload_namespace}}',
      ),
      trafficRow(
        'By workload of the service',
        to,
        ['destination_workload', 'destination_workload_namespace'],
        '{{destination_workload}}.{{destination_workload_namespace}}',
      ),
    ],
  });
};

const workload = () => {
  const from = `${reported},source_workload_namespace="$namespace",source_workload=~"$workload"`;
  const to = `${reported},destination_workload_namespace="$namespace",destination_workload=~"$workload"`;
  return dashboard({
    title: 'Istio: one workload',
    uid: uids.workload,
    tags: ['istio'],
    variables: [
      namespaceVariable(),
      variable(
        'workload',
        'label_values(namespace_workload_pod:kube_pod_owner:relabel{namespace="$namespace"}, workload)',
        { label: 'Workload' },
      ),
      reporterVariable(),
    ],
    rows: [
      summary(to),
      trafficRow(
        'Received, by client',
        to,
        ['source_workload', 'source_workload_namespace'],
        '{{source_workload}}.{{source_workload_namespace}}',
      ),
      trafficRow('Sent, by service', from, ['destination_service'], '{{destination_service}}'),
    ],
  });
};

const dashboards: DashboardSet = () => ({
  'istio-control-plane': controlPlane(),
  'istio-mesh': mesh(),
  'istio-service': service(),
  'istio-workload': workload(),
});

/** Dashboards of the mesh: its control plane, all traffic, one service, one workload. */
export function istioDashboards(fullName: string, namespace: string, labels: Record<string, string>): KubernetesObject {
  return dashboardsConfigMap({
    name: `${fullName}-grafana-dashboards`,
    namespace,
    labels,
    folder: 'Istio',
    dashboards,
  });
}
