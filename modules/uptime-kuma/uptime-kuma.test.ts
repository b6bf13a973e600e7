import { describe, expect, it } from 'vitest';
import { find, manifest, names } from '../../test/unit/modules/context.ts';

const on = { enabled: true };
const render = (kuma: object = {}) =>
  manifest('uptime-kuma', '1.22', { istio: on, metrics: on, 'uptime-kuma': kuma }).objects;

describe('uptime-kuma', () => {
  it('is one pod with its database on a volume', () => {
    expect(names(render())).toEqual(['Service uptime-kuma/uptime-kuma', 'StatefulSet uptime-kuma/uptime-kuma']);
    const { spec } = find(render(), 'StatefulSet', 'uptime-kuma');
    expect(spec.replicas).toBe(1);
    expect(spec.template.spec.containers[0].image).toBe('louislam/uptime-kuma:1.9.1-alpine');
    expect(spec.volumeClaimTemplates[0].spec.resources).toEqual({ requests: { storage: '1Gi' } });
  });

  it('is exposed at the private gateway', () => {
    const { spec } = find(render({ istio: on }), 'VirtualService', 'uptime-kuma');
    expect(spec).toEqual({
      gateways: ['istio-ingress/private-ingressgateway'],
      hosts: ['uptime.example.com'],
      http: [{ route: [{ destination: { host: 'uptime-kuma' } }] }],
    });
  });

  it('tells Prometheus what is up', () => {
    const monitor = {
      ...on,
      interval: '60s',
      scrapeTimeout: '10s',
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
    };
    const { spec } = find(render({ serviceMonitor: monitor }), 'ServiceMonitor', 'uptime-kuma');
    expect(spec).toEqual({
      jobLabel: 'uptime-kuma',
      namespaceSelector: { matchNames: ['uptime-kuma'] },
      selector: {
        matchLabels: { 'app.kubernetes.io/name': 'uptime-kuma', 'app.kubernetes.io/instance': 'uptime-kuma' },
      },
      endpoints: [
        {
          port: 'http',
          path: '/metrics',
          interval: '60s',
          scrapeTimeout: '10s',
          relabelings: [{ action: 'labeldrop', regex: 'pod' }],
        },
      ],
    });
  });

  it('has the login for its metrics where the monitor is, and the monitor where it is told to be', () => {
    const basicAuth = { username: 'uptime', password: 'check' };
    const objects = render({ serviceMonitor: { ...on, namespace: 'monitoring', basicAuth } });
    expect(names(objects)).toEqual(
      expect.arrayContaining([
        'ServiceMonitor monitoring/uptime-kuma',
        'Secret monitoring/uptime-kuma-servicemonitor-basic-auth',
      ]),
    );
    expect(find(objects, 'ServiceMonitor', 'uptime-kuma').spec.endpoints[0].basicAuth).toEqual({
      username: { name: 'uptime-kuma-servicemonitor-basic-auth', key: 'username' },
      password: { name: 'uptime-kuma-servicemonitor-basic-auth', key: 'password' },
    });
  });

  it('has a dashboard of what is up', () => {
    const { metadata, binaryData } = find(
      render({ serviceMonitor: on }),
      'ConfigMap',
      'uptime-kuma-grafana-dashboards',
    );
    expect(metadata.annotations).toEqual({ 'k8s-sidecar-target-directory': 'Metrics' });
    expect(Object.keys(binaryData)).toEqual(['Uptime.json.gz']);
  });
});
