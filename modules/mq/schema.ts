import { z } from 'zod';
import { exposureKeys } from '../exposure.ts';
import { moduleKeys, openSection, releaseNameKey, section } from '../schema.ts';

const { url, ...sharedKeys } = exposureKeys();

const serviceMonitor = openSection({
  enabled: z.boolean().default(false).describe('Prometheus collects the metrics; needs the module `metrics`.'),
})
  .prefault({})
  .describe('How Prometheus collects the metrics.');

const nats = openSection({
  enabled: z.boolean().default(false).describe('Whether there is a NATS server or cluster.'),
  releaseName: releaseNameKey('nats'),
  exporter: openSection({ serviceMonitor }).prefault({}).describe('Exporter of NATS’ metrics, which runs in its pods.'),
  istio: section({ ...sharedKeys, url })
    .prefault({})
    .describe('Where MQTT (TCP port 1883, opened by `mqtt.enabled`) is reachable; the gateway must have the port.'),
})
  .prefault({})
  .superRefine(({ enabled, istio }, context) => {
    if (!enabled || !istio.enabled || istio.url) return;
    context.addIssue({ code: 'custom', path: ['istio', 'url'], message: 'the host name is missing' });
  })
  .describe('NATS with JetStream; other keys go to its chart.');

const rabbitmq = openSection({
  enabled: z.boolean().default(false).describe('Whether there is a RabbitMQ cluster.'),
  releaseName: releaseNameKey('rabbitmq'),
  hosts: z.array(z.string()).default([]).describe('Host names, for the gateway and for the certificate.'),
  istio: section(sharedKeys)
    .prefault({})
    .describe(
      'Whether AMQP (TCP ports 5672 and 5671) and the management console are reachable at `hosts`; the gateway must have the ports.',
    ),
  auth: openSection({
    password: z.string().default('supersecret').describe('Password of the user; set one of your own.'),
    erlangCookie: z
      .string()
      .default('randomlongerlangcookie')
      .describe('What nodes of the cluster know each other by; set one of your own.'),
    tls: openSection({
      enabled: z.boolean().default(false).describe('TLS, with a certificate of Let’s Encrypt for `hosts`.'),
    })
      .prefault({})
      .describe('Encryption of connections.'),
  })
    .prefault({})
    .describe('Who may connect.'),
  replicaCount: z.number().int().default(1).describe('Nodes of the cluster.'),
  metrics: openSection({
    enabled: z.boolean().default(false).describe('RabbitMQ serves metrics, and there is a dashboard.'),
    serviceMonitor,
  })
    .prefault({})
    .describe('Metrics of RabbitMQ.'),
})
  .prefault({})
  .superRefine(({ enabled, hosts, istio, auth }, context) => {
    if (!enabled || hosts.length > 0 || !(istio.enabled || auth.tls.enabled)) return;
    context.addIssue({
      code: 'custom',
      path: ['hosts'],
      message: 'gateway and certificate need at least one host name',
    });
  })
  .describe('RabbitMQ, spread over zones and machines; other keys go to its chart.');

export const mqValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('mq').describe('Namespace of all tools of the module.'),
    nats,
    rabbitmq,
  });
export type MqValues = z.infer<ReturnType<typeof mqValues>>;
