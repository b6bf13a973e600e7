import { z } from 'zod';
import { isEnabled, standardLabels } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext, ModuleManifest, Values } from '../definition.ts';
import {
  type GatewayPort,
  type IngressGateway,
  privateGateway,
  publicGateway,
  selectorLabels,
  servicePort,
  standardPorts,
} from '../gateway/gateway.ts';
import { bootstrapConfiguration, gatewayObjects, hardening, statsMonitor } from '../gateway/objects.ts';
import {
  bootstrapOverride,
  drainAnnotation,
  gatewayAffinity,
  gatewayResources,
  patchGateway,
} from '../gateway/placement.ts';
import { certificates, gatewayPorts, proxyProtocol } from '../gateway/schema.ts';
import { mergeValues, moduleKeys, passthrough, section } from '../schema.ts';

const oneGateway = () =>
  section({
    enabled: z.boolean().default(false),
    certificates,
    dnsNames: z.array(z.string()).default([]).describe('Legacy: names of a certificate `ingress-cert`.'),
    proxyProtocol,
    gateway: z
      .looseObject({
        replicaCount: z.number().int().default(1),
        ports: gatewayPorts.optional().describe('Replaces the whole list of ports.'),
      })
      .prefault({})
      .describe('Other keys go to Istio’s chart as they are.'),
  }).prefault({});

/** Values of istio-ingress in 1.21: one module with both gateways. */
export const bothGatewaysValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('istio-ingress'),
    global: passthrough.optional().describe('Global values of Istio’s chart.'),
    public: oneGateway(),
    private: oneGateway(),
  });
export type BothGatewaysValues = z.infer<ReturnType<typeof bothGatewaysValues>>;
type OneGateway = BothGatewaysValues['public'];

const bootstrap = 'istio-gateway-bootstrap-config';

/** Both gateways with Istio's chart of 1.11, whose names carry over to 1.22. */
export function bothGateways({ release, values, all }: ModuleContext<BothGatewaysValues>): ModuleManifest {
  const { namespace } = values;
  const at = { release, namespace, labels: standardLabels(release, 'istio-ingress') };
  const gateways = [
    { gateway: publicGateway, own: values.public, pin: release.charts['istio-ingress']! },
    { gateway: privateGateway, own: values.private, pin: release.charts['istio-private-ingress']! },
  ].filter(({ own }) => own.enabled);
  return {
    namespace: { name: namespace },
    charts: gateways.map(
      ({ gateway, own, pin }): ChartInstance => ({
        pin,
        releaseName: 'istio-ingress',
        values: chartValues(gateway, own, values.global),
        patch: (object) => {
          if (object.kind === 'Service') return withServicePorts(object, ports(gateway, own));
          return patchGateway(object, { affinity: gatewayAffinity(gateway), bootstrap });
        },
      }),
    ),
    objects: [
      ...(gateways.length > 0
        ? [bootstrapConfiguration(bootstrap, at), hardening('ingressgateway-hardening', undefined, at)]
        : []),
      ...gateways.flatMap(({ gateway, own }) =>
        gatewayObjects(
          gateway,
          { certificates: allCertificates(own), ports: ports(gateway, own), proxyProtocol: own.proxyProtocol },
          at,
        ),
      ),
      ...(gateways.length > 0 && isEnabled(all, 'metrics') ? [statsMonitor('envoy-stats-monitor', undefined, at)] : []),
    ],
  };
}

function ports(gateway: IngressGateway, own: OneGateway): GatewayPort[] {
  return own.gateway.ports ?? standardPorts(gateway);
}

function allCertificates({ certificates, dnsNames }: OneGateway) {
  return [...(dnsNames.length > 0 ? [{ name: 'ingress-cert', dnsNames }] : []), ...certificates];
}

function withServicePorts(object: KubernetesObject, list: GatewayPort[]): KubernetesObject {
  return { ...object, spec: { ...(object.spec as Values), ports: list.map(servicePort) } };
}

function chartValues(gateway: IngressGateway, own: OneGateway, global: Values | undefined): Values {
  const { ports: _, ...given } = own.gateway;
  return {
    global: mergeValues(
      {
        tag: '1.11.5-distroless',
        logAsJson: true,
        priorityClassName: 'system-cluster-critical',
        defaultPodDisruptionBudget: { enabled: false },
      },
      global,
    ),
    gateways: {
      'istio-ingressgateway': mergeValues(
        {
          name: gateway.name,
          labels: selectorLabels(gateway),
          autoscaleEnabled: false,
          rollingMaxSurge: 1,
          rollingMaxUnavailable: 0,
          resources: gatewayResources,
          externalTrafficPolicy: 'Local',
          type: 'NodePort',
          podAnnotations: drainAnnotation,
          env: bootstrapOverride,
          configVolumes: [
            { name: 'custom-bootstrap-volume', mountPath: '/etc/istio/custom-bootstrap', configMapName: bootstrap },
          ],
        },
        given,
        { ports: ports(gateway, own).map(servicePort) },
      ),
    },
  };
}
