import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import type { KubernetesObject } from '../definition.ts';
import { checkValues } from '../values.ts';

const control = { '1.21': 'istio-discovery', '1.22': 'istiod' } as const;
const both = ['1.21', '1.22'] as const;

describe('istio', () => {
  it('takes its control plane from a chart that was renamed', () => {
    expect(charts(manifest('istio', '1.21'))).toEqual(['base 1.11.5 as istio', 'istio-discovery 1.11.5 as istio']);
    expect(charts(manifest('istio', '1.22'))).toEqual(['base 1.13.3 as istio', 'istiod 1.13.3 as istio']);
  });

  it.each(both)('has a second control plane and disruption budgets where it is highly available (%s)', (at) => {
    const values = (all: object) => chartValues(manifest('istio', at, { ...all }), control[at]);
    expect(values({}).pilot.replicaCount).toBe(1);
    expect(values({}).global.defaultPodDisruptionBudget.enabled).toBe(false);
    expect(values({ HighAvailableControlplane: true }).pilot.replicaCount).toBe(2);
    expect(values({ HighAvailableControlplane: true }).global.defaultPodDisruptionBudget.enabled).toBe(true);
  });

  it.each(both)('tells Prometheus about itself where there is one (%s)', (at) => {
    const monitored = manifest('istio', at, { metrics: { enabled: true } });
    expect(names(monitored.objects)).toContain('ServiceMonitor istio-system/istio-component-monitor');
    expect(chartValues(monitored, control[at]).telemetry.enabled).toBe(true);
    expect(manifest('istio', at).objects).toEqual([]);
    expect(chartValues(manifest('istio', at), control[at]).telemetry.enabled).toBe(false);
  });

  it('keeps connections alive for load balancers that forget silent ones', () => {
    const { meshConfig } = chartValues(manifest('istio', '1.22'), 'istiod');
    expect(meshConfig.tcpKeepalive).toEqual({ interval: '60s', time: '120s' });
  });

  it('has at 1.21 no filters for proxies of earlier releases, and runs on the control plane', () => {
    const patch = manifest('istio', '1.21').charts[1]!.patch!;
    const filter = (name: string) => ({ apiVersion: 'v1', kind: 'EnvoyFilter', metadata: { name } });
    expect(patch(filter('stats-filter-1.10'))).toBeUndefined();
    expect(patch(filter('stats-filter-1.11'))).toBeDefined();
    const deployment: KubernetesObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'istiod' },
      spec: { template: { spec: {} } },
    };
    expect(patch(deployment)!.spec).toMatchObject({
      template: { spec: { tolerations: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }] } },
    });
  });

  it('limits rates where it is asked to', () => {
    const { objects } = manifest('istio', '1.22', { istio: { rateLimiting: { enabled: true } } });
    expect(names(objects)).toEqual([
      'ConfigMap istio-system/ratelimit-config',
      'ConfigMap istio-system/ratelimit-statsd-exporter-config',
      'Service istio-system/ratelimit-redis',
      'Deployment istio-system/ratelimit-redis',
      'Service istio-system/ratelimit',
      'Deployment istio-system/ratelimit',
      'EnvoyFilter istio-system/ingressgateway-ratelimit',
      'EnvoyFilter istio-system/private-ingressgateway-ratelimit',
    ]);
  });
});

describe('Kiali', () => {
  const console = (more: object = {}) => ({ istio: { 'kiali-server': { enabled: true, ...more } } });
  const problems = (values: object) =>
    checkValues({ istio: { enabled: true, ...values } }, release('1.22')).problems.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('shows everything and changes nothing, to anyone who reaches it', () => {
    expect(chartValues(manifest('istio', '1.22', console()), 'kiali-server')).toMatchObject({
      auth: { strategy: 'anonymous' },
      deployment: { view_only_mode: true, ingress_enabled: false },
      external_services: { prometheus: { url: 'http://metrics-kube-prometheus-st-prometheus.monitoring:9090' } },
    });
  });

  it('is reachable through the private gateway where it is asked for', () => {
    const istio = { enabled: true, url: 'kiali.example.com' };
    const { spec } = find(manifest('istio', '1.22', console({ istio })).objects, 'VirtualService', 'istio-kiali');
    expect(spec).toEqual({
      gateways: ['istio-ingress/private-ingressgateway'],
      hosts: ['kiali.example.com'],
      http: [{ route: [{ destination: { host: 'kiali' } }] }],
    });
    expect(manifest('istio', '1.22', { istio: { 'kiali-server': { istio } } }).objects).toEqual([]);
    expect(problems(console({ istio: { enabled: true } }).istio)).toEqual([
      'istio.kiali-server.istio.url: expected the host name that clients use; found ""',
    ]);
  });

  it('needs a signing key of the user’s as soon as anyone logs in', () => {
    expect(problems(console({ auth: { strategy: 'token' } }).istio)).toEqual([
      expect.stringContaining(
        'istio.kiali-server.login_token: expected a signing_key for logins with auth.strategy token',
      ),
    ]);
    const login_token = { signing_key: 'secret:kiali:key' };
    expect(problems(console({ auth: { strategy: 'token' }, login_token }).istio)).toEqual([]);
  });
});
