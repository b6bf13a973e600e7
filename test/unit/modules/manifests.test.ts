import { describe, expect, it } from 'vitest';
import { charts, chartValues, crds, demoValues, find, manifest, names } from './context.ts';

describe('istio', () => {
  it('takes its control plane from a chart that was renamed', () => {
    expect(charts(manifest('istio', '1.21'))).toEqual(['base 1.11.5 as istio', 'istio-discovery 1.11.5 as istio']);
    expect(charts(manifest('istio', '1.22'))).toEqual(['base 1.13.3 as istio', 'istiod 1.13.3 as istio']);
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

describe('gateways', () => {
  const certificates = [{ name: 'cert', dnsNames: ['*.example.com'] }];

  it('are one module at 1.21', () => {
    const values = { 'istio-ingress': { public: { enabled: true, certificates }, private: { enabled: true } } };
    const rendered = manifest('istio-ingress', '1.21', values);
    expect(charts(rendered)).toEqual([
      'istio-ingress 1.11.5 as istio-ingress',
      'istio-ingress 1.11.5 as istio-ingress',
    ]);
    expect(names(rendered.objects)).toEqual([
      'ConfigMap istio-ingress/istio-gateway-bootstrap-config',
      'EnvoyFilter istio-ingress/ingressgateway-hardening',
      'Certificate istio-ingress/cert',
      'Gateway istio-ingress/ingressgateway',
      'EnvoyFilter istio-ingress/ingressgateway-listener-tcp-keepalive',
      'EnvoyFilter istio-ingress/ingressgateway-proxy-protocol',
      'EnvoyFilter istio-ingress/private-ingressgateway-listener-tcp-keepalive',
      'EnvoyFilter istio-ingress/private-ingressgateway-proxy-protocol',
    ]);
  });

  it('are a module each from 1.22 on', () => {
    const rendered = manifest('istio-private-ingress', '1.22', { 'istio-private-ingress': { certificates } });
    expect(charts(rendered)).toEqual(['gateway 1.13.3 as istio-private-ingress']);
    expect(names(rendered.objects)).toEqual([
      'ConfigMap istio-ingress/private-ingressgateway-bootstrap-config',
      'EnvoyFilter istio-ingress/private-ingressgateway-hardening',
      'Certificate istio-ingress/cert',
      'Gateway istio-ingress/private-ingressgateway',
      'EnvoyFilter istio-ingress/private-ingressgateway-listener-tcp-keepalive',
      'EnvoyFilter istio-ingress/private-ingressgateway-proxy-protocol',
    ]);
  });

  it('serve HTTPS once per certificate, redirect HTTP for all of them, and pass user ports on', () => {
    const ports = [{ name: 'amqps', port: 5671, nodePort: 31671 }];
    const values = {
      certificates: [...certificates, { name: 'other', dnsNames: ['other.org'] }],
      gateway: { service: { ports } },
    };
    const { objects } = manifest('istio-private-ingress', '1.22', { 'istio-private-ingress': values });
    expect(find(objects, 'Gateway', 'private-ingressgateway').spec.servers).toEqual([
      {
        port: { number: 80, name: 'http2', protocol: 'HTTP2' },
        tls: { httpsRedirect: true },
        hosts: ['*.example.com', 'other.org'],
      },
      {
        port: { number: 443, name: 'https-cert', protocol: 'HTTPS' },
        tls: { credentialName: 'cert', mode: 'SIMPLE' },
        hosts: ['*.example.com'],
      },
      {
        port: { number: 443, name: 'https-other', protocol: 'HTTPS' },
        tls: { credentialName: 'other', mode: 'SIMPLE' },
        hosts: ['other.org'],
      },
      { port: { number: 5671, name: 'amqps', protocol: 'TCP' }, hosts: ['*.example.com', 'other.org'] },
    ]);
  });

  it('have the same node ports in both releases', () => {
    const ports = (values: { service: { ports: { nodePort: number }[] } }) =>
      values.service.ports.map(({ nodePort }) => nodePort);
    const newer = chartValues(manifest('istio-private-ingress', '1.22'), 'gateway');
    const older = chartValues(
      manifest('istio-ingress', '1.21', { 'istio-ingress': { private: { enabled: true } } }),
      'istio-ingress',
    );
    expect(ports(newer)).toEqual([31021, 31080, 31443]);
    expect(ports({ service: older.gateways['istio-ingressgateway'] })).toEqual([31021, 31080, 31443]);
  });

  it('can do without the PROXY protocol and with another placement, which KubeZero’s umbrella chart ignores', () => {
    const affinity = { nodeAffinity: {} };
    const rendered = manifest('istio-ingress', '1.22', {
      'istio-ingress': { proxyProtocol: false, gateway: { affinity } },
    });
    expect(names(rendered.objects)).not.toContain('EnvoyFilter istio-ingress/ingressgateway-proxy-protocol');
    expect(chartValues(rendered, 'gateway').affinity).toEqual(affinity);
  });
});

describe('metrics', () => {
  const exporter = (at: '1.21' | '1.22') =>
    chartValues(manifest('metrics', at), 'kube-prometheus-stack')['prometheus-node-exporter'];

  it('doesn’t mount the root of 1.22’s machines', () => {
    expect(exporter('1.21').hostRootFsMount).toBeUndefined();
    expect(exporter('1.22').hostRootFsMount).toEqual({ enabled: false });
  });

  it('lets through only the address blocks given', () => {
    const grafana = { enabled: true, url: 'grafana.example.com', ipBlocks: ['10.0.0.0/8'] };
    const { objects } = manifest('metrics', '1.22', { istio: { enabled: true }, metrics: { istio: { grafana } } });
    expect(names(objects).filter((name) => /VirtualService|AuthorizationPolicy/.test(name))).toEqual([
      'VirtualService monitoring/grafana',
      'AuthorizationPolicy istio-system/grafana-deny-not-in-ipblocks',
    ]);
  });
});

describe('logging', () => {
  it('mounts /etc/machine-id only where machines have one', () => {
    const volumes = (at: '1.21' | '1.22') =>
      chartValues(
        manifest('logging', at, { logging: { 'fluent-bit': { enabled: true } } }),
        'fluent-bit',
      ).daemonSetVolumes.map(({ name }: { name: string }) => name);
    expect(volumes('1.21')).toEqual(['varlog', 'etcmachineid']);
    expect(volumes('1.22')).toEqual(['varlog']);
  });

  it('has Elasticsearch and Kibana of the release’s version for the node sets given', () => {
    const nodeSets = [{ name: 'default', count: 2, storage: { size: '16Gi' }, zone: 'eu-central-1a' }];
    const { objects } = manifest('logging', '1.22', { logging: { fullnameOverride: 'logging', es: { nodeSets } } });
    expect(names(objects)).toEqual([
      'Secret logging/logging-es-elastic-user',
      'Secret logging/logging-es-elastic-username',
      'Elasticsearch logging/logging',
      'Kibana logging/logging',
    ]);
    expect(find(objects, 'Elasticsearch', 'logging').spec).toMatchObject({
      version: '7.17.3',
      nodeSets: [{ config: { 'node.attr.zone': 'eu-central-1a' } }],
    });
  });
});

describe('the demo environment', () => {
  it('has every module at 1.21 except the one that came with 1.22', () => {
    for (const id of [
      'network',
      'addons',
      'cert-manager',
      'storage',
      'istio',
      'istio-ingress',
      'metrics',
      'logging',
      'argocd',
    ] as const) {
      expect(manifest(id, '1.21', demoValues()).namespace.name, id).toBeTruthy();
    }
  });
});
