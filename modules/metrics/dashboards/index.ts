import { type DashboardSet, dashboardsConfigMap } from '../../dashboards/index.ts';
import type { KubernetesObject } from '../../definition.ts';
import { alertmanager } from './alertmanager.ts';
import { apiServerDashboard } from './api-server.ts';
import { cluster, namespacePods, namespaceWorkloads, nodePods, pod, workload } from './compute.ts';
import { controllerManager, proxy, scheduler } from './control-plane.ts';
import { coreDns } from './coredns.ts';
import { etcdDashboard } from './etcd.ts';
import { home } from './home.ts';
import { kubelet } from './kubelet.ts';
import { clusterTotal, namespaceByPod, namespaceByWorkload, podTotal, workloadTotal } from './networking.ts';
import { node } from './node.ts';
import { prometheus } from './prometheus.ts';
import { volumes } from './volumes.ts';

/** The files have KubeZero's names, so that each takes the place of the one it had. */
const kubernetes: DashboardSet = () => ({
  coreDNS: coreDns(),
  etcd: etcdDashboard(),
  node: node(),
  apiserver: apiServerDashboard(),
  'cluster-total': clusterTotal(),
  'controller-manager': controllerManager(),
  'k8s-resources-cluster': cluster(),
  'k8s-resources-namespace': namespacePods(),
  'k8s-resources-node': nodePods(),
  'k8s-resources-pod': pod(),
  'k8s-resources-workload': workload(),
  'k8s-resources-workloads-namespace': namespaceWorkloads(),
  kubelet: kubelet(),
  'namespace-by-pod': namespaceByPod(),
  'namespace-by-workload': namespaceByWorkload(),
  persistentvolumesusage: volumes(),
  'pod-total': podTotal(),
  proxy: proxy(),
  scheduler: scheduler(),
  'workload-total': workloadTotal(),
});
const monitoring: DashboardSet = () => ({ AlertManager: alertmanager(), Prometheus: prometheus() });
const start: DashboardSet = () => ({ home: home() });

/** Dashboards of the cluster, of what monitors it, and the one that Grafana opens with. */
export function metricsDashboards(
  fullName: string,
  namespace: string,
  labels: Record<string, string>,
): KubernetesObject[] {
  const configMap = (suffix: string, folder: string, dashboards: DashboardSet) =>
    dashboardsConfigMap({ name: `${fullName}-grafana-dashboards-${suffix}`, namespace, labels, folder, dashboards });
  return [
    configMap('k8s', 'Kubernetes', kubernetes),
    configMap('metrics', 'KubeZero', monitoring),
    configMap('zdt', 'KubeZero', start),
  ];
}
