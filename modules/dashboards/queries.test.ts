import { describe, expect, it } from 'vitest';
import { moduleIds } from '../../releases/release.ts';
import { maskText } from '../../secrets/texts.ts';
import { everything } from '../../test/engine/everything.ts';
import { manifest } from '../../test/unit/modules/context.ts';
import {
  dashboardExpressions,
  dashboardsOf,
  panelsOf,
  ruleExpressions,
  rulesOf,
  seriesIn,
  syntaxErrors,
} from '../../test/unit/modules/promql.ts';
import { unpackDashboards } from './index.ts';

const objects = moduleIds.flatMap((id) => manifest(id, '1.22', everything('1.22')).objects);
const dashboards = dashboardsOf(objects);
const expressions = dashboardExpressions(objects);
const configMaps = objects.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
const recorded = new Set(rulesOf(objects).flatMap((rule) => ('record' in rule ? [rule.record] : [])));

it('Prometheus’ grammar finds mistakes', () => {
  expect(syntaxErrors('sum by (a) (rate(b{c="d"}[5m])) / on (a) group_left () e')).toEqual([]);
  expect(syntaxErrors('sum(rate(a[5m])')).not.toEqual([]);
  expect(syntaxErrors('a{b}')).not.toEqual([]);
});

describe('dashboards of all modules', () => {
  it('are in ConfigMaps, files and folders named as KubeZero’s', () => {
    const described = configMaps.map((configMap) => {
      const { namespace, name, annotations } = configMap.metadata;
      const folder = annotations?.['k8s-sidecar-target-directory'] ?? '(general)';
      return `${namespace}/${name} in ${folder}: ${Object.keys(unpackDashboards(configMap).data).join(' ')}`;
    });
    expect(described.sort()).toMatchSnapshot();
  });

  it('have queries that parse', () => {
    expect(expressions.length).toBeGreaterThan(500);
    expect(expressions.filter(({ expr }) => syntaxErrors(expr).length > 0)).toEqual([]);
  });

  it('read recorded series only under names that are recorded', () => {
    const read = expressions.flatMap(({ where, expr }) =>
      seriesIn(expr).flatMap((name) => (name.includes(':') && !recorded.has(name) ? [`${where}: ${name}`] : [])),
    );
    expect(read).toEqual([]);
  });

  it.each(Object.entries(dashboards))('%s uses only variables that it has', (_, model) => {
    const known = new Set(model.templating.list.map(({ name }) => name));
    const text = JSON.stringify(model).replace(/\$\{?__[a-z_.]+(\[[^\]]*\])?\}?/g, '');
    const used = [...text.matchAll(/\$\{?([a-z_]+)/gi)].map(([, name]) => name!);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(Object.entries(dashboards))('%s has its panels side by side and within the grid', (_, model) => {
    const taken = new Set<string>();
    for (const { title, gridPos } of model.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} covers another panel`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
    const ids = panelsOf(model).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('group the queries of a table by the labels of its rows', () => {
    const tables = Object.values(dashboards)
      .flatMap(panelsOf)
      .filter(({ type }) => type === 'table');
    expect(tables.length).toBeGreaterThan(20);
    for (const { title, targets = [], transformations = [] } of tables) {
      const { renameByName } = transformations.find(({ id }) => id === 'organize')!.options;
      const labels = Object.keys(renameByName!).filter((name) => !name.startsWith('Value'));
      for (const { expr } of targets) {
        // A quantile takes the label of its buckets away.
        const lists = [...expr.matchAll(/by \(([^)]*)\)/g)].map(([, list]) => list!.split(/, */));
        const groups = lists.map((list) => list.filter((label) => label !== 'le').sort());
        expect(groups, `${title}: ${expr}`).toContainEqual(labels.sort());
      }
    }
  });

  it('have addresses of their own, and lead only to those that exist', () => {
    const uids = Object.values(dashboards).map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids.filter((uid) => uid.length > 40)).toEqual([]);
    const links = [...JSON.stringify(dashboards).matchAll(/"\/d\/([^?]+)\?/g)].map(([, uid]) => uid!);
    expect(links.filter((uid) => !uids.includes(uid))).toEqual([]);
  });

  it('are small, since a stack’s state has each of them three times', () => {
    const sizes = configMaps.map((object) => JSON.stringify(object).length);
    expect(Math.max(...sizes)).toBeLessThan(75_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(150_000);
  });

  it('have nothing in them that looks like a secret, which would hide them from every preview', () => {
    for (const configMap of configMaps) {
      const text = JSON.stringify(configMap);
      expect(maskText(text), configMap.metadata.name).toBe(text);
    }
  });
});

it('rules of all modules parse', () => {
  expect(ruleExpressions(objects).filter(({ expr }) => syntaxErrors(expr).length > 0)).toEqual([]);
});
