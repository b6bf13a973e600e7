import { describe, expect, it } from 'vitest';
import { chartValues, find, manifest } from '../../test/unit/modules/context.ts';
import { dashboardsOf, panelsOf } from '../../test/unit/modules/promql.ts';
import { unpackDashboards } from '../dashboards/index.ts';

const rendered = manifest('metrics', '1.22');
const { objects } = rendered;
const dashboards = dashboardsOf(objects);
const dashboard = (name: string) => {
  const found = Object.entries(dashboards).find(([file]) => file.endsWith(`/${name}.json`));
  return found![1];
};

describe('dashboards of the metrics module', () => {
  it('are the same in both releases', () => {
    expect(dashboardsOf(manifest('metrics', '1.21').objects)).toEqual(dashboards);
  });

  it('have the one that Grafana opens with where Grafana looks for it', () => {
    const { dashboards: settings } = chartValues(rendered, 'kube-prometheus-stack').grafana['grafana.ini'];
    const configMap = find(objects, 'ConfigMap', 'metrics-kubezero-metrics-grafana-dashboards-zdt');
    const folder = configMap.metadata.annotations['k8s-sidecar-target-directory'];
    expect(settings.default_home_dashboard_path).toBe(
      `/tmp/dashboards/${folder}/${Object.keys(unpackDashboards(configMap).data)[0]}`,
    );
  });

  it('tell pods of namespaces, workloads and nodes apart', () => {
    const selections = (name: string) => dashboard(name).templating.list.map((variable) => variable.name);
    expect(selections('k8s-resources-pod')).toEqual(['datasource', 'namespace', 'pod']);
    expect(selections('k8s-resources-workload')).toEqual(['datasource', 'namespace', 'type', 'workload']);
    expect(selections('k8s-resources-node')).toEqual(['datasource', 'node']);
  });

  it('show CPU of a workload’s pods only', () => {
    const panel = panelsOf(dashboard('k8s-resources-workload')).find(({ title }) => title === 'CPU in use');
    expect(panel!.targets![0]!.expr).toBe(
      'sum by (pod) (node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate{namespace="$namespace"}' +
        ' * on (namespace, pod) group_left (workload, workload_type) max by (namespace, pod, workload, workload_type)' +
        ' (namespace_workload_pod:kube_pod_owner:relabel{namespace="$namespace",workload="$workload",workload_type=~"$type"}))',
    );
  });
});
