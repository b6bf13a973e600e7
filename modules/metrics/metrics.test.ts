import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const istio = { enabled: true };
const stack = (at: '1.21' | '1.22', values: object = {}, facts: object = {}) =>
  chartValues(manifest('metrics', at, { metrics: values }, facts), 'kube-prometheus-stack');

describe('metrics', () => {
  it('has the adapter unless it is switched off, and the push gateway only where it is switched on', () => {
    expect(charts(manifest('metrics', '1.22'))).toEqual([
      'kube-prometheus-stack 34.9.0 as metrics',
      'prometheus-adapter 3.2.0 as metrics',
    ]);
    const values = { 'prometheus-adapter': { enabled: false }, 'prometheus-pushgateway': { enabled: true } };
    expect(charts(manifest('metrics', '1.21', { metrics: values }))).toEqual([
      'kube-prometheus-stack 30.2.0 as metrics',
      'prometheus-pushgateway 1.14.0 as metrics',
    ]);
  });

  it('doesn’t mount the root of 1.22’s machines', () => {
    expect(stack('1.21')['prometheus-node-exporter'].hostRootFsMount).toBeUndefined();
    expect(stack('1.22')['prometheus-node-exporter'].hostRootFsMount).toEqual({ enabled: false });
  });

  it('keeps eight days in 16 GiB, with more memory from 1.22 on', () => {
    const { prometheusSpec } = stack('1.22').prometheus;
    expect(prometheusSpec).toMatchObject({
      retention: '8d',
      resources: { requests: { memory: '512Mi', cpu: '500m' }, limits: { memory: '4Gi' } },
      storageSpec: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '16Gi' } } } } },
    });
    expect(stack('1.21').prometheus.prometheusSpec.resources.limits.memory).toBe('3Gi');
  });

  it('lets application.yaml override any value of the upstream charts', () => {
    const prometheus = { prometheusSpec: { retention: '30d' } };
    const { prometheusSpec } = stack('1.22', { 'kube-prometheus-stack': { prometheus } }).prometheus;
    expect(prometheusSpec).toMatchObject({ retention: '30d', walCompression: true });
  });

  it('has alerts of a lower severity give way to higher ones', () => {
    const { enabled, config } = stack('1.22').alertmanager;
    expect(enabled).toBe(false);
    expect(config.inhibit_rules.map(({ source_matchers: [source] }: { source_matchers: string[] }) => source)).toEqual([
      'severity = critical',
      'severity = warning',
      'alertname = InfoInhibitor',
    ]);
  });

  it('forwards alerts to the account’s SNS topics as the role made for it, unless told otherwise', () => {
    const annotations = (values: object, roleArns: Record<string, string>) =>
      stack('1.22', values, { roleArns }).alertmanager.alertmanagerSpec.podMetadata.annotations;
    const prefix = 'kubezero.com/sns_forwarder_ARN_PREFIX';
    const role = 'kubezero.com/sns_forwarder_AWS_ROLE_ARN';
    expect(annotations({}, {})).toEqual({ [prefix]: 'arn:aws:sns:eu-central-1:123456789012:' });
    expect(annotations({}, { alertmanager: 'arn:alertmanager' })[role]).toBe('arn:alertmanager');
    const own = { alertmanagerSpec: { podMetadata: { annotations: { [role]: 'arn:own' } } } };
    const values = { 'kube-prometheus-stack': { alertmanager: own } };
    expect(annotations(values, { alertmanager: 'arn:alertmanager' })[role]).toBe('arn:own');
  });

  describe('behind the gateways', () => {
    const exposed = (metrics: object, all: object = { istio }) =>
      names(manifest('metrics', '1.22', { metrics: { istio: metrics }, ...all }).objects).filter(
        (name) => !/^(PrometheusRule|ConfigMap) /.test(name),
      );
    const grafana = { enabled: true, url: 'grafana.example.com', ipBlocks: ['10.0.0.0/8'] };

    it('lets through only the address blocks given', () => {
      expect(exposed({ grafana })).toEqual([
        'VirtualService monitoring/grafana',
        'AuthorizationPolicy istio-system/grafana-deny-not-in-ipblocks',
      ]);
    });

    it('closes the gateway that is used, where KubeZero always closes the public one', () => {
      const gateway = 'istio-ingress/private-ingressgateway';
      const values = { metrics: { istio: { grafana: { ...grafana, gateway } } }, istio };
      const policy = find(
        manifest('metrics', '1.22', values).objects,
        'AuthorizationPolicy',
        'grafana-deny-not-in-ipblocks',
      );
      expect(policy.spec.selector.matchLabels).toEqual({ app: 'istio-private-ingressgateway' });
    });

    it('has any other service too, by its name', () => {
      const push = { enabled: true, url: 'push.example.com', destination: 'metrics-prometheus-pushgateway' };
      expect(exposed({ push })).toEqual(['VirtualService monitoring/push']);
    });

    it('is nothing without a mesh, and says so', () => {
      expect(exposed({ grafana }, {})).toEqual([]);
      const { problems } = checkValues({ metrics: { enabled: true, istio: { grafana } } }, release('1.22'));
      expect(problems).toEqual([
        { path: ['metrics', 'istio', 'grafana', 'enabled'], message: 'needs module istio, which is off' },
      ]);
    });
  });
});
