import { describe, expect, it } from 'vitest';
import { release } from '../../releases/index.ts';
import type { ReleaseId } from '../../releases/release.ts';
import { charts, chartValues, find, manifest, names } from '../../test/unit/modules/context.ts';
import { checkValues } from '../values.ts';

const on = { enabled: true };
const others = { istio: on, metrics: on, 'cert-manager': on };
const render = (mq: object, at: ReleaseId = '1.22') => manifest('mq', at, { ...others, mq });
const problems = (mq: object) =>
  checkValues({ ...others, mq: { ...on, ...mq } }, release('1.22')).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('mq', () => {
  it('has NATS and RabbitMQ, each on its own', () => {
    expect(render({}).charts).toEqual([]);
    expect(charts(render({ nats: on, rabbitmq: on }))).toEqual(['nats 0.8.4 as nats', 'rabbitmq 9.0.3 as rabbitmq']);
    expect(charts(render({ rabbitmq: on }, '1.21'))).toEqual(['rabbitmq 8.13.1 as rabbitmq']);
  });

  describe('NATS', () => {
    it('has JetStream, and no box to log into', () => {
      expect(chartValues(render({ nats: on }), 'nats')).toMatchObject({
        nats: { advertise: false, jetstream: { enabled: true } },
        natsbox: { enabled: false },
        mqtt: { enabled: false },
        exporter: { serviceMonitor: { enabled: false } },
      });
    });

    it('exposes MQTT at the gateway, under a name that has to be given', () => {
      const nats = { ...on, mqtt: on, istio: { ...on, url: 'mq.example.com' } };
      expect(find(render({ nats }).objects, 'VirtualService', 'nats-nats').spec).toEqual({
        gateways: ['istio-ingress/private-ingressgateway'],
        hosts: ['mq.example.com'],
        tcp: [{ match: [{ port: 1883 }], route: [{ destination: { host: 'nats', port: { number: 1883 } } }] }],
      });
      expect(problems({ nats: { ...on, istio: on } })).toEqual(['mq.nats.istio.url: the host name is missing']);
      expect(render({ nats: { istio: on } }).objects).toEqual([]);
    });
  });

  describe('RabbitMQ', () => {
    const hosts = ['mq.example.com'];

    it('is spread over zones and machines', () => {
      const { topologySpreadConstraints } = chartValues(render({ rabbitmq: on }), 'rabbitmq');
      expect(topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      expect(topologySpreadConstraints[0].labelSelector.matchLabels).toEqual({
        'app.kubernetes.io/name': 'rabbitmq',
        'app.kubernetes.io/instance': 'rabbitmq',
      });
    });

    it('has a disruption budget from two nodes on: a single one could never be drained', () => {
      const budget = (rabbitmq: object) => chartValues(render({ rabbitmq: { ...on, ...rabbitmq } }), 'rabbitmq').pdb;
      expect(budget({})).toEqual({ create: false });
      expect(budget({ replicaCount: 3 })).toEqual({ create: true });
      expect(budget({ pdb: { create: true } })).toEqual({ create: true });
    });

    it('leaves the limit of open files alone since 1.22', () => {
      expect(chartValues(render({ rabbitmq: on }), 'rabbitmq').ulimitNofiles).toBe('');
      expect(chartValues(render({ rabbitmq: on }, '1.21'), 'rabbitmq').ulimitNofiles).toBeUndefined();
    });

    it('is exposed by AMQP and with its console', () => {
      const { objects } = render({ rabbitmq: { ...on, hosts, istio: on } });
      const { spec } = find(objects, 'VirtualService', 'rabbit-amqp');
      expect(spec.hosts).toEqual(hosts);
      expect(spec.tcp.map(({ match }: { match: unknown }) => match)).toEqual([[{ port: 5672 }]]);
      expect(spec.http).toEqual([{ route: [{ destination: { host: 'rabbitmq-headless', port: { number: 15672 } } }] }]);
    });

    it('has a certificate for TLS, and another port', () => {
      const { objects } = render({ rabbitmq: { ...on, hosts, istio: on, auth: { tls: on } } });
      expect(names(objects)).toEqual(['Certificate mq/rabbitmq-server-certificate', 'VirtualService mq/rabbit-amqp']);
      expect(find(objects, 'Certificate', 'rabbitmq-server-certificate').spec).toEqual({
        secretName: 'rabbitmq-server-certificate',
        issuerRef: { name: 'letsencrypt-dns-prod', kind: 'ClusterIssuer' },
        dnsNames: hosts,
      });
      expect(find(objects, 'VirtualService', 'rabbit-amqp').spec.tcp[1].match).toEqual([{ port: 5671 }]);
    });

    it('needs a host name where it is exposed or encrypted', () => {
      expect(problems({ rabbitmq: { ...on, auth: { tls: on } } })).toEqual([
        'mq.rabbitmq.hosts: gateway and certificate need at least one host name',
      ]);
    });
  });

  it('has a dashboard for each of the two whose metrics are collected', () => {
    const measured = { enabled: true, serviceMonitor: on };
    const { objects } = render({ nats: { ...on, exporter: measured }, rabbitmq: { ...on, metrics: measured } });
    expect(names(objects)).toEqual([
      'ConfigMap mq/nats-kubezero-mq-grafana-dashboards-nats',
      'ConfigMap mq/rabbitmq-kubezero-mq-grafana-dashboards-rabbitmq',
    ]);
    expect(objects.map((object) => Object.keys(object.binaryData as object))).toEqual([
      ['nats.json.gz'],
      ['rabbitmq.json.gz'],
    ]);
  });
});
