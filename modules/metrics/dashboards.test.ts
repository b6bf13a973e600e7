import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chartValues, find, manifest } from '../../test/unit/modules/context.ts';
import { dashboardsOf, panelsOf } from '../../test/unit/modules/promql.ts';

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
    const { metadata, data } = find(objects, 'ConfigMap', 'metrics-kubezero-metrics-grafana-dashboards-zdt');
    const folder = metadata.annotations['k8s-sidecar-target-directory'];
    expect(settings.default_home_dashboard_path).toBe(`/tmp/dashboards/${folder}/${Object.keys(data)[0]}`);
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

describe('the script that unpacks users’ own compressed dashboards', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dashboards-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const unpack = () => {
    const { 'script.sh': script } = find(objects, 'ConfigMap', 'script-configmap').data;
    execFileSync('sh', ['-c', script.replace('/tmp/dashboards', directory)]);
    return readFileSync(join(directory, 'own.json'), 'utf8');
  };
  const write = (file: string, content: string | Buffer, age: number) => {
    writeFileSync(join(directory, file), content);
    utimesSync(join(directory, file), Date.now() / 1000 - age, Date.now() / 1000 - age);
  };

  it('unpacks a new one, and again when it has changed', () => {
    write('own.json.gz', gzipSync('first'), 60);
    expect(unpack()).toBe('first');
    expect(unpack()).toBe('first');
    write('own.json.gz', gzipSync('second'), -60);
    expect(unpack()).toBe('second');
  });

  it('leaves alone a file that came as it is, older or newer', () => {
    write('own.json', 'ours', 30);
    write('own.json.gz', gzipSync('of KubeZero’s chart'), 60);
    expect(unpack()).toBe('ours');
    write('own.json.gz', gzipSync('of KubeZero’s chart'), 0);
    expect(unpack()).toBe('ours');
  });
});
