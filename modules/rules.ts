import type { KubernetesObject } from './definition.ts';

/** `critical`: someone gets up for it. `warning`: look at it today. `info`: context for other alerts. */
export type Severity = 'critical' | 'warning' | 'info' | 'none';

export interface Alert {
  severity: Severity;
  /** How long the expression must hold, e.g. `15m`. Default: it fires at once. */
  after?: string;
  /** PromQL; fires for each series that it gives. */
  expr: string;
  /** What is wrong, in one line; `{{ $labels.x }}` and `{{ $value }}` are filled in. */
  summary: string;
  /** What it means and what to do about it. */
  description: string;
  /** Besides the severity. */
  labels?: Record<string, string>;
}

/** A rule as Prometheus' operator takes it. */
export type Rule =
  | {
      alert: string;
      expr: string;
      for?: string;
      labels: Record<string, string>;
      annotations: { summary: string; description: string };
    }
  | { record: string; expr: string; labels?: Record<string, string> };

export interface RuleGroup {
  name: string;
  /** How often its rules are evaluated. Default: Prometheus' own. */
  interval?: string;
  rules: Rule[];
}

/** An alert. */
export function alert(name: string, { severity, after, expr, summary, description, labels }: Alert): Rule {
  return {
    alert: name,
    expr: expr.trim(),
    ...(after ? { for: after } : {}),
    labels: { severity, ...labels },
    annotations: { summary, description },
  };
}

/** A series that is computed ahead: dashboards, alerts and the metrics API read it under this name. */
export function record(name: string, expr: string, labels?: Record<string, string>): Rule {
  return { record: name, expr: expr.trim(), ...(labels ? { labels } : {}) };
}

/** Rules as an object that Prometheus' operator hands to Prometheus. */
export function prometheusRule(
  metadata: { name: string; namespace: string; labels: Record<string, string> },
  groups: RuleGroup[],
): KubernetesObject {
  return { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata, spec: { groups } };
}
