import { isEnabled, standardLabels } from '../conventions.ts';
import type { ModuleContext, ModuleManifest, RefusedKey, Requirement } from '../definition.ts';
import { type IngressGateway, selectorLabels, servicePort, standardPorts } from './gateway.ts';
import { bootstrapConfiguration, gatewayObjects, hardening, statsMonitor } from './objects.ts';
import { bootstrapOverride, drainAnnotation, gatewayAffinity, gatewayResources, patchGateway } from './placement.ts';
import { type GatewayValues, wantsCertificates } from './schema.ts';

/** Gateways are nothing without a mesh, and their certificates nothing without cert-manager. */
export const gatewayRequires: Requirement<GatewayValues>[] = [
  { module: 'istio' },
  {
    module: 'cert-manager',
    from: ({ certificates }) => (wantsCertificates(certificates) ? ['certificates'] : undefined),
  },
];

/** Keys of KubeZero's gateway chart that its umbrella chart keeps for itself. */
export const refusedGatewayKeys: RefusedKey[] = [
  { key: 'telemetry', why: 'follows the module `metrics`: with it the gateway is scraped' },
  ...['autoscaling', 'resources', 'podAnnotations', 'nodeSelector', 'tolerations', 'securityContext'].map((key) => ({
    key: `gateway.${key}`,
    why: 'isn’t forwarded to the gateway by KubeZero’s umbrella chart either; it is fixed',
  })),
  {
    key: 'gateway.service.externalTrafficPolicy',
    why: 'is fixed to `Local`, which the load balancers’ health checks rely on',
  },
  ...['name', 'labels', 'env', 'volumes', 'volumeMounts'].map((key) => ({
    key: `gateway.${key}`,
    why: 'is fixed: load balancers, Gateway objects and filters find the gateway by it',
  })),
];

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
  const labels = selectorLabels(gateway);
  return {
    namespace: { name: namespace },
    charts: [
      {
        pin: release.charts.gateway!,
        releaseName: module,
        values: {
          name: gateway.name,
          labels,
          autoscaling: { enabled: false, minReplicas: 1, maxReplicas: 4, targetCPUUtilizationPercentage: 80 },
          replicaCount: values.gateway.replicaCount,
          resources: gatewayResources,
          podAnnotations: drainAnnotation,
          affinity: values.gateway.affinity ?? gatewayAffinity(gateway),
          service: {
            type: values.gateway.service.type,
            externalTrafficPolicy: 'Local',
            ports: ports.map(servicePort),
          },
          env: bootstrapOverride,
        },
        patch: (object) => patchGateway(object, bootstrap),
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
