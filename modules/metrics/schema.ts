import { z } from 'zod';
import { withHost } from '../exposed-host.ts';
import { moduleKeys, optionalChart, passthrough, section, sectionOfMany } from '../schema.ts';

const exposed = (destination: z.ZodDefault<z.ZodString> | z.ZodString) =>
  withHost(
    section({
      enabled: z.boolean().default(false).describe('Reachable through an ingress gateway; needs the module `istio`.'),
      url: z.string().default('').describe('Host name.'),
      gateway: z.string().default('istio-ingress/ingressgateway').describe('Gateway as `namespace/name`.'),
      ipBlocks: z
        .array(z.string())
        .default([])
        .describe('Only these address blocks get through the gateway; default: all.'),
      destination: destination.describe('Service in the namespace of the module.'),
    }),
  );

const known = (service: string) =>
  exposed(z.string().default(service)).prefault({}).describe(`How the service \`${service}\` is reached.`);

export const values = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('monitoring').describe('Namespace of everything that measures.'),
    'kube-prometheus-stack': passthrough
      .default({})
      .describe(
        'Values of the upstream chart, over those that are fixed here: Prometheus, Alertmanager (off unless `alertmanager.enabled`), Grafana, exporters.',
      ),
    'prometheus-adapter': optionalChart(true).describe(
      'Answers metrics.k8s.io (autoscalers, `kubectl top`); on unless `enabled` is false, every other key goes to the upstream chart as it is.',
    ),
    'prometheus-pushgateway': optionalChart().describe(
      'Takes metrics of short-lived jobs; switched on by `enabled`, every other key goes to the upstream chart as it is.',
    ),
    istio: sectionOfMany(
      {
        grafana: known('metrics-grafana'),
        prometheus: known('metrics-kube-prometheus-st-prometheus'),
        alertmanager: known('metrics-kube-prometheus-st-alertmanager'),
      },
      exposed(z.string()).describe('Another service of the module, and how it is reached.'),
    )
      .prefault({})
      .describe(
        'What is reachable through the ingress gateways. Besides these three, any other name exposes the service that its `destination` names.',
      ),
  });
export type MetricsValues = z.infer<ReturnType<typeof values>>;
