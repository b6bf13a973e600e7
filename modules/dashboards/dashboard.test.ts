import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
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
  unpackDashboard,
  unpackDashboards,
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

  it('has the dashboard packed, as KubeZero has it', () => {
    const configMap = dashboardsConfigMap(where);
    expect(configMap.data).toBeUndefined();
    const { 'load.json.gz': packed } = configMap.binaryData as Record<string, string>;
    expect(gunzipSync(Buffer.from(packed!, 'base64')).toString()).toBe(JSON.stringify(set().load));
  });

  it('becomes readable again, with whatever else is in it', () => {
    const configMap = dashboardsConfigMap(where);
    const { binaryData, ...rest } = configMap;
    const text = JSON.stringify(set().load);
    expect(unpackDashboards(configMap)).toEqual({ ...rest, data: { 'load.json': text } });
    const more = {
      ...configMap,
      data: { note: 'x' },
      binaryData: { ...(binaryData as object), 'logo.png': 'iVBORw==' },
    };
    expect(unpackDashboards(more)).toEqual({
      ...rest,
      data: { note: 'x', 'load.json': text },
      binaryData: { 'logo.png': 'iVBORw==' },
    });
  });

  it('has the same bytes wherever it is packed: otherwise previews would show a change', () => {
    const { 'load.json.gz': packed } = dashboardsConfigMap(where).binaryData as Record<string, string>;
    expect(createHash('sha256').update(packed!).digest('hex')).toMatchInlineSnapshot(
      `"94072bdbc94349c0460862954efb7f4fdf8b0172206c8aecd2946a56447a2acd"`,
    );
  });

  it.each([
    ['a file that isn’t a dashboard', 'logo.gz', gzipSync('{}')],
    ['bytes that only have such a name', 'load.json.gz', Buffer.from('{}')],
    ['what was cut off', 'load.json.gz', gzipSync('{"title":"load"}').subarray(0, 20)],
    ['what unpacks to more than a ConfigMap has room for', 'load.json.gz', gzipSync(Buffer.alloc(5_000_000))],
  ])('doesn’t take %s for a dashboard', (_, key, content) => {
    expect(unpackDashboard(key, content.toString('base64'))).toBeUndefined();
  });
});
