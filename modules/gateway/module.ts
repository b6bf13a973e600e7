import { z } from 'zod';
import { isEnabled, standardLabels } from '../conventions.ts';
import type { ModuleContext, ModuleManifest } from '../definition.ts';
import { mergeValues, moduleKeys, section } from '../schema.ts';
import { type IngressGateway, selectorLabels, servicePort, standardPorts } from './gateway.ts';
import { bootstrapConfiguration, gatewayObjects, hardening, statsMonitor } from './objects.ts';
import { bootstrapOverride, drainAnnotation, gatewayAffinity, gatewayResources, patchGateway } from './placement.ts';
import { certificates, gatewayPorts, proxyProtocol } from './schema.ts';

/** Values of a gateway module from 1.22 on, where each gateway is a module of its own. */
export const gatewayValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('istio-ingress'),
    certificates,
    proxyProtocol,
    gateway: section({
      replicaCount: z.number().int().default(1),
      affinity: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('Replaces the placement on the nodes behind the load balancer.'),
      service: section({
        type: z.string().default('NodePort'),
        ports: gatewayPorts.default([]).describe('Further ports.'),
      }).prefault({}),
    }).prefault({}),
  });
export type GatewayValues = z.infer<ReturnType<typeof gatewayValues>>;

/** A gateway from 1.22 on: Istio's `gateway` chart and KubeZero's objects around it. */
export function gatewayManifest(
  gateway: IngressGateway,
  module: 'istio-ingress' | 'istio-private-ingress',
  { release, values, all }: ModuleContext<GatewayValues>,
): ModuleManifest {
  const { namespace } = values;
  const at = { release, namespace, labels: standardLabels(release, module, 'kubezero-istio-gateway') };
  const ports = [...standardPorts(gateway), ...values.gateway.service.ports];
  const bootstrap = `${gateway.prefix}-bootstrap-config`;
  const affinity = values.gateway.affinity ?? gatewayAffinity(gateway);
  const labels = selectorLabels(gateway);
  return {
    namespace: { name: namespace },
    charts: [
      {
        pin: release.charts.gateway!,
        releaseName: module,
        values: mergeValues({
          name: gateway.name,
          labels,
          autoscaling: { enabled: false, minReplicas: 1, maxReplicas: 4, targetCPUUtilizationPercentage: 80 },
          replicaCount: values.gateway.replicaCount,
          resources: gatewayResources,
          podAnnotations: drainAnnotation,
          affinity,
          service: {
            type: values.gateway.service.type,
            externalTrafficPolicy: 'Local',
            ports: ports.map(servicePort),
          },
          env: bootstrapOverride,
        }),
        patch: (object) => patchGateway(object, { affinity, bootstrap }),
      },
    ],
    objects: [
      bootstrapConfiguration(bootstrap, at),
      hardening(`${gateway.prefix}-hardening`, labels, at),
      ...gatewayObjects(gateway, { ...values, ports }, at),
      ...(isEnabled(all, 'metrics') ? [statsMonitor(`${gateway.prefix}-envoy-stats-monitor`, labels, at)] : []),
    ],
  };
}
