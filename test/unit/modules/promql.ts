import { parser } from '@prometheus-io/lezer-promql';
import { unpackDashboards } from '../../../modules/dashboards/index.ts';
import type { KubernetesObject } from '../../../modules/definition.ts';
import type { Rule, RuleGroup } from '../../../modules/rules.ts';

/** A PromQL expression and where it stands. */
export interface Expression {
  where: string;
  expr: string;
}

/** Rules of the PrometheusRule objects among these. */
export function rulesOf(objects: KubernetesObject[]): Rule[] {
  return objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }) => (spec as { groups: RuleGroup[] }).groups.flatMap(({ rules }) => rules));
}

/** Files of the dashboards' ConfigMaps among these, parsed, by `<ConfigMap>/<file>`. */
export function dashboardsOf(objects: KubernetesObject[]): Record<string, DashboardModel> {
  const maps = objects.filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
  return Object.fromEntries(
    maps.flatMap((map) =>
      Object.entries(unpackDashboards(map).data).map(([file, text]) => [
        `${map.metadata.name}/${file}`,
        JSON.parse(text) as DashboardModel,
      ]),
    ),
  );
}

interface PanelModel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
  transformations?: { id: string; options: { renameByName?: Record<string, string> } }[];
  panels?: PanelModel[];
}

export interface DashboardModel {
  uid: string;
  title: string;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: PanelModel[];
}

/** All panels, those in closed rows too. */
export function panelsOf({ panels }: DashboardModel): PanelModel[] {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}

export function ruleExpressions(objects: KubernetesObject[]): Expression[] {
  return rulesOf(objects).map((rule) => ({ where: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr }));
}

/** Queries of panels and variables, with values for Grafana's variables. */
export function dashboardExpressions(objects: KubernetesObject[]): Expression[] {
  return Object.entries(dashboardsOf(objects)).flatMap(([file, model]) => [
    ...panelsOf(model).flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `${file}, panel ${title}`, expr: withValues(expr) })),
    ),
    ...model.templating.list.flatMap(({ name, definition }) => {
      const selector = /^label_values\((.*), *[a-z_]+\)$/.exec(definition ?? '')?.[1];
      return selector ? [{ where: `${file}, variable ${name}`, expr: withValues(selector) }] : [];
    }),
  ]);
}

function withValues(expr: string): string {
  return expr.replace(/\$__(rate_interval|interval|range)\b/g, '5m').replace(/\$\{?[a-z_]+(:[a-z]+)?\}?/gi, 'x');
}

/** What Prometheus' own grammar finds wrong: the text around each error. */
export function syntaxErrors(expr: string): string[] {
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) errors.push(`at ${from}: ${expr.slice(Math.max(0, from - 20), to + 20)}`);
    },
  });
  return errors;
}

/** Names of series that an expression reads. */
export function seriesIn(expr: string): string[] {
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'VectorSelector') {
        const found = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(expr.slice(from, to));
        if (found) names.push(found[0]);
      }
    },
  });
  return names;
}
