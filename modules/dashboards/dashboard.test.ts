import { describe, expect, it } from 'vitest';
import {
  dashboard,
  dashboardsConfigMap,
  dashboardUrl,
  namespaceVariable,
  row,
  stat,
  table,
  timeSeries,
} from './index.ts';

const load = timeSeries('Load', [['node_load1', '{{instance}}']]);
const count = stat('Nodes', [['count(kube_node_info)']]);

describe('dashboard', () => {
  it('lays panels out from left to right and wraps at 24 columns', () => {
    const { panels } = dashboard({ uid: 'u', title: 't', rows: [[count, count], row('Load', [load, load, load])] });
    expect(panels.map(({ title, gridPos: { x, y, w, h } }) => `${title} ${x},${y} ${w}x${h}`)).toEqual([
      'Nodes 0,0 4x4',
      'Nodes 4,0 4x4',
      'Load 0,4 24x1',
      'Load 0,5 12x8',
      'Load 12,5 12x8',
      'Load 0,13 12x8',
    ]);
  });

  it('numbers all panels, those of closed rows too', () => {
    const rows = [row('closed', [load, load], { collapsed: true }), row('open', [load])];
    const { panels } = dashboard({ uid: 'u', title: 't', rows });
    const ids = panels.flatMap(({ id, panels: inner = [] }) => [id, ...inner.map((panel) => panel.id)]);
    expect(ids).toEqual([1, 2, 3, 4, 5]);
    expect(panels[1]!.gridPos.y, 'a closed row takes one line').toBe(1);
  });

  it('asks the data source that is selected, the one of the metrics module to begin with', () => {
    const { panels, templating } = dashboard({
      uid: 'u',
      title: 't',
      variables: [namespaceVariable()],
      rows: [[load]],
    });
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace']);
    expect(templating.list[0]).toMatchObject({ current: { value: 'Prometheus' } });
    expect(panels[0]!.datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
  });
});

describe('table', () => {
  const by = [{ label: 'namespace', title: 'Namespace', link: dashboardUrl('ns', { namespace: '${__value.text}' }) }];
  const pods = { title: 'Pods', expr: 'count by (namespace) (kube_pod_info)' };

  it('joins its queries by the labels of the row and names the columns', () => {
    const { transformations } = table('T', { by, columns: [pods, { ...pods, title: 'Again' }] });
    expect(transformations).toEqual([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: { namespace: 0, 'Value #A': 1, 'Value #B': 2 },
          renameByName: { namespace: 'Namespace', 'Value #A': 'Pods', 'Value #B': 'Again' },
        },
      },
    ]);
  });

  it('leads from a cell to another dashboard with its variables set', () => {
    const { fieldConfig } = table('T', { by, columns: [pods] });
    expect(fieldConfig!.overrides[0]).toMatchObject({
      matcher: { options: 'Namespace' },
      properties: [{ id: 'links', value: [{ url: '/d/ns?var-datasource=$datasource&var-namespace=${__value.text}' }] }],
    });
  });
});

describe('dashboardsConfigMap', () => {
  const set = () => ({ load: dashboard({ uid: 'load', title: 'Load', rows: [[load]] }) });
  const where = { name: 'x', namespace: 'n', labels: { a: 'b' }, dashboards: set };

  it('is found by Grafana’s sidecar, which puts it into the folder', () => {
    expect(dashboardsConfigMap({ ...where, folder: 'KubeZero' }).metadata).toEqual({
      name: 'x',
      namespace: 'n',
      labels: { grafana_dashboard: '1', a: 'b' },
      annotations: { 'k8s-sidecar-target-directory': 'KubeZero' },
    });
  });

  it('has no folder unless told, and its name isn’t longer than Kubernetes takes', () => {
    const { metadata } = dashboardsConfigMap({ ...where, name: 'n'.repeat(70) });
    expect(metadata.annotations).toBeUndefined();
    expect(metadata.name).toHaveLength(63);
  });

  it('has the dashboard as JSON text with short lines', () => {
    const { 'load.json': text } = dashboardsConfigMap(where).data as Record<string, string>;
    expect(JSON.parse(text!)).toEqual(set().load);
    expect(text).toContain('\n      "gridPos": { "x": 0, "y": 0, "w": 12, "h": 8 },\n');
  });
});
