import { describe, expect, it } from 'vitest';
import { find, manifest, names } from '../../test/unit/modules/context.ts';
import { ruleExpressions, rulesOf, seriesIn, syntaxErrors } from '../../test/unit/modules/promql.ts';

const { objects } = manifest('metrics', '1.22');
const rules = rulesOf(objects);
const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule] : []));
const records = rules.flatMap((rule) => ('record' in rule ? [rule] : []));
const alert = (name: string) => alerts.filter((rule) => rule.alert === name);

describe('rules of the metrics module', () => {
  it('are eight objects named as KubeZero’s, in both releases', () => {
    const subjects = [
      'alertmanager',
      'etcd-mixin',
      'kube-prometheus',
      'kube-state-metrics',
      'kubernetes',
      'node-exporter',
      'prometheus',
      'prometheus-operator',
    ];
    for (const release of ['1.21', '1.22'] as const) {
      expect(names(manifest('metrics', release).objects).filter((name) => name.startsWith('PrometheusRule'))).toEqual(
        subjects.map((subject) => `PrometheusRule monitoring/metrics-kubezero-metrics-${subject}`),
      );
    }
  });

  it('have the alerts and recorded series that KubeZero has', () => {
    expect(new Set(alerts.map((rule) => rule.alert)).size).toBe(109);
    expect(records).toHaveLength(81);
    expect([...new Set(alerts.map((rule) => rule.alert))].sort()).toMatchSnapshot('alerts');
    expect([...new Set(records.map((rule) => rule.record))].sort()).toMatchSnapshot('recorded series');
  });

  it('parse with Prometheus’ grammar', () => {
    expect(ruleExpressions(objects).filter(({ expr }) => syntaxErrors(expr).length > 0)).toEqual([]);
  });

  it('read recorded series only under names that are recorded', () => {
    const recorded = new Set(records.map((rule) => rule.record));
    const read = ruleExpressions(objects).flatMap(({ expr }) => seriesIn(expr).filter((name) => name.includes(':')));
    expect(read.filter((name) => !recorded.has(name))).toEqual([]);
  });

  it('say what is wrong and what to do', () => {
    for (const { alert: name, annotations, labels } of alerts) {
      expect(annotations.summary.length, name).toBeGreaterThan(10);
      expect(annotations.description.length, name).toBeGreaterThan(20);
      expect(['critical', 'warning', 'info', 'none']).toContain(labels.severity);
    }
  });

  it('watch the Prometheus, Alertmanager and operator of this cluster, in the namespace that they are in', () => {
    const elsewhere = manifest('metrics', '1.22', { metrics: { namespace: 'watch' } }).objects;
    const spec = JSON.stringify(find(elsewhere, 'PrometheusRule', 'metrics-kubezero-metrics-prometheus').spec);
    expect(spec).toContain('job=\\"metrics-kube-prometheus-st-prometheus\\",namespace=\\"watch\\"');
    expect(spec).not.toContain('monitoring\\"');
  });

  it('alert on the error budget of the API servers at four speeds', () => {
    expect(
      alert('KubeAPIErrorBudgetBurn').map(({ labels: { severity, long, short }, for: after, expr }) =>
        [severity, long, short, after, expr].join(' '),
      ),
    ).toEqual([
      'critical 1h 5m 2m sum(apiserver_request:burnrate1h) > (14.40 * 0.01000) and sum(apiserver_request:burnrate5m) > (14.40 * 0.01000)',
      'critical 6h 30m 15m sum(apiserver_request:burnrate6h) > (6.00 * 0.01000) and sum(apiserver_request:burnrate30m) > (6.00 * 0.01000)',
      'warning 1d 2h 1h sum(apiserver_request:burnrate1d) > (3.00 * 0.01000) and sum(apiserver_request:burnrate2h) > (3.00 * 0.01000)',
      'warning 3d 6h 3h sum(apiserver_request:burnrate3d) > (1.00 * 0.01000) and sum(apiserver_request:burnrate6h) > (1.00 * 0.01000)',
    ]);
  });
});
