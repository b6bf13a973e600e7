import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const certificates = [{ name: 'cert', dnsNames: ['*.example.com'] }];

function problems(values: object, at: ReleaseId = '1.22') {
  const all = { istio: { enabled: true }, 'cert-manager': { enabled: true }, ...values };
  return checkValues(all, release(at)).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('gateways', () => {
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

  it('are scraped where there is Prometheus: together at 1.21, each by itself later', () => {
    const metrics = { enabled: true };
    const monitors = (values: object, at: ReleaseId) =>
      names(manifest('istio-ingress', at, { metrics, ...values }).objects).filter((it) => it.startsWith('PodMonitor'));
    expect(monitors({ 'istio-ingress': { public: { enabled: true }, private: { enabled: true } } }, '1.21')).toEqual([
      'PodMonitor istio-ingress/envoy-stats-monitor',
    ]);
    expect(monitors({}, '1.22')).toEqual(['PodMonitor istio-ingress/ingressgateway-envoy-stats-monitor']);
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

  it('serve no host with a certificate that names none', () => {
    const values = { certificates: [...certificates, { name: 'given' }] };
    const { objects } = manifest('istio-ingress', '1.22', { 'istio-ingress': values });
    expect(names(objects).filter((it) => it.startsWith('Certificate'))).toEqual(['Certificate istio-ingress/cert']);
    const servers = find(objects, 'Gateway', 'ingressgateway').spec.servers;
    expect(servers.map(({ port }: { port: { name: string } }) => port.name)).toEqual(['http2', 'https-cert']);
  });

  it('know what legacy names of 1.21 stand for, and keep each certificate in a secret of its own name', () => {
    const gateway = { enabled: true, dnsNames: ['old.example.com'], certificates };
    const { objects } = manifest('istio-ingress', '1.21', { 'istio-ingress': { private: gateway } });
    expect(find(objects, 'Certificate', 'private-ingress-cert').spec.dnsNames).toEqual(['old.example.com']);
    expect(find(objects, 'Certificate', 'cert').spec.secretName).toBe('cert');
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

  it('run on machines behind the load balancer: by a node label that the chart of 1.21 knows no operator for', () => {
    const newer = chartValues(manifest('istio-ingress', '1.22'), 'gateway').affinity.nodeAffinity;
    const label = { key: 'node.kubernetes.io/ingress.public', operator: 'Exists' };
    const required = (matchExpressions: object[]) => ({
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    });
    expect(newer).toEqual(required([label]));
    const [chart] = manifest('istio-ingress', '1.21', { 'istio-ingress': { public: { enabled: true } } }).charts;
    const arch = { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] };
    const made = { key: label.key, operator: 'In', values: ['Exists'] };
    const patched = chart!.patch!({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'istio-ingressgateway' },
      spec: { template: { spec: { affinity: { nodeAffinity: required([arch, made]) } } } },
    });
    expect(patched!.spec).toMatchObject({
      minReadySeconds: 120,
      template: {
        spec: { terminationGracePeriodSeconds: 120, affinity: { nodeAffinity: required([arch, label]) } },
      },
    });
  });

  it('can do without the PROXY protocol and with another placement, which KubeZero’s umbrella chart ignores', () => {
    const affinity = { nodeAffinity: {} };
    const rendered = manifest('istio-ingress', '1.22', {
      'istio-ingress': { proxyProtocol: false, gateway: { affinity } },
    });
    expect(names(rendered.objects)).not.toContain('EnvoyFilter istio-ingress/ingressgateway-proxy-protocol');
    expect(chartValues(rendered, 'gateway').affinity).toEqual(affinity);
    const older = { 'istio-ingress': { public: { enabled: true, proxyProtocol: false } } };
    expect(names(manifest('istio-ingress', '1.21', older).objects)).not.toContain(
      'EnvoyFilter istio-ingress/ingressgateway-proxy-protocol',
    );
  });

  it('let only the public one be another type of service', () => {
    const gateway = { service: { type: 'LoadBalancer' } };
    const rendered = manifest('istio-ingress', '1.22', { 'istio-ingress': { gateway } });
    expect(chartValues(rendered, 'gateway').service.type).toBe('LoadBalancer');
    expect(problems({ 'istio-private-ingress': { enabled: true, gateway } })).toEqual([
      expect.stringContaining('istio-private-ingress.gateway.service.type: '),
    ]);
  });

  it('refuse a port twice, among them those that every gateway has', () => {
    const ports = [
      { name: 'https', port: 8443 },
      { name: 'amqps', port: 5671 },
      { name: 'other', port: 5671 },
    ];
    expect(problems({ 'istio-ingress': { enabled: true, gateway: { service: { ports } } } })).toEqual([
      'istio-ingress.gateway.service.ports.0.name: expected something else than port "https" has, which every gateway has by itself; found "https"',
      'istio-ingress.gateway.service.ports.2.port: expected something else than port "amqps" has; found 5671',
    ]);
  });

  it('need a mesh, and cert-manager for their certificates', () => {
    const off = { istio: { enabled: false }, 'cert-manager': { enabled: false } };
    expect(problems({ ...off, 'istio-ingress': { enabled: true, certificates } })).toEqual([
      'istio-ingress.enabled: needs module istio, which is off',
      'istio-ingress.certificates: needs module cert-manager, which is off',
    ]);
    expect(
      problems({ ...off, 'istio-ingress': { enabled: true, private: { enabled: true, certificates } } }, '1.21'),
    ).toEqual([
      'istio-ingress.enabled: needs module istio, which is off',
      'istio-ingress.private: needs module cert-manager, which is off',
    ]);
  });

  it('say why a key that KubeZero’s charts have isn’t taken', () => {
    expect(problems({ 'istio-ingress': { enabled: true, gateway: { resources: {} } } })).toEqual([
      expect.stringContaining('"gateway.resources" isn’t forwarded to the gateway'),
    ]);
    const both = { public: { telemetry: { enabled: true } } };
    expect(problems({ 'istio-ingress': { enabled: true, ...both } }, '1.21')).toEqual([
      expect.stringContaining('"public.telemetry" follows the module `metrics`'),
    ]);
  });
});
