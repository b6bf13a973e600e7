import { isEnabled, standardLabels } from '../conventions.ts';
import type { ChartInstance, KubernetesObject, ModuleContext, ModuleManifest, Values } from '../definition.ts';
import {
  type GatewayCertificate,
  type GatewayPort,
  type IngressGateway,
  privateGateway,
  publicGateway,
  selectorLabels,
  servicePort,
  standardPorts,
} from '../gateway/gateway.ts';
import { bootstrapConfiguration, gatewayObjects, hardening, statsMonitor } from '../gateway/objects.ts';
import { bootstrapOverride, drainAnnotation, gatewayResources, patchGateway } from '../gateway/placement.ts';
import { mergeValues } from '../schema.ts';
import type { BothGatewaysValues } from './schema-1.21.ts';

type OneGateway = BothGatewaysValues['public'];

const bootstrap = 'istio-gateway-bootstrap-config';
const gatewaysByKey = { public: publicGateway, private: privateGateway };

/** Both gateways with Istio's chart of 1.11, whose names carry over to 1.22. */
export function bothGateways({ release, values, all }: ModuleContext<BothGatewaysValues>): ModuleManifest {
  const { namespace } = values;
  const at = { release, namespace, labels: standardLabels(release, 'istio-ingress') };
  const pins = { public: release.charts['istio-ingress']!, private: release.charts['istio-private-ingress']! };
  const gateways = (['public', 'private'] as const)
    .map((key) => ({ key, gateway: gatewaysByKey[key], own: values[key], pin: pins[key] }))
    .filter(({ own }) => own.enabled);
  return {
    namespace: { name: namespace },
    charts: gateways.map(
      ({ gateway, own, pin }): ChartInstance => ({
        pin,
        releaseName: 'istio-ingress',
        values: chartValues(gateway, own, values.global),
        patch: (object) => patchGateway(nodeLabelsThatExist(object), bootstrap),
      }),
    ),
    objects: [
      ...(gateways.length > 0
        ? [bootstrapConfiguration(bootstrap, at), hardening('ingressgateway-hardening', undefined, at)]
        : []),
      ...gateways.flatMap(({ key, gateway, own }) =>
        gatewayObjects(
          gateway,
          { certificates: allCertificates(key, own), ports: ports(gateway, own), proxyProtocol: own.proxyProtocol },
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

/** A gateway's certificates, with the one that the legacy `dnsNames` stand for. */
export function allCertificates(
  key: 'public' | 'private',
  { certificates, dnsNames }: OneGateway,
): GatewayCertificate[] {
  const legacy = { name: key === 'public' ? 'ingress-cert' : 'private-ingress-cert', dnsNames };
  return [...(dnsNames.length > 0 ? [legacy] : []), ...certificates];
}

interface NodeSelectorTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/**
 * The chart turns its `nodeSelector` into a required node affinity. As in KubeZero's copy of it, the value `Exists`
 * stands for nodes that have the label, whatever its value.
 */
function nodeLabelsThatExist(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Deployment') return object;
  const copy = structuredClone(object) as KubernetesObject & {
    spec: {
      template: {
        spec: {
          affinity?: {
            nodeAffinity?: {
              requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] };
            };
          };
        };
      };
    };
  };
  const required =
    copy.spec.template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  for (const term of required ?? []) {
    term.matchExpressions = term.matchExpressions?.map((expression) =>
      expression.values?.join() === 'Exists' ? { key: expression.key, operator: 'Exists' } : expression,
    );
  }
  return copy;
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
        arch: { amd64: 2 },
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
          nodeSelector: { [gateway.nodeLabel]: 'Exists' },
          podAntiAffinityLabelSelector: [
            { key: 'app', operator: 'In', topologyKey: 'kubernetes.io/hostname', values: gateway.name },
          ],
        },
        given,
        { ports: ports(gateway, own).map(containerPort) },
      ),
    },
  };
}

/** The chart takes a port's protocol for the container, and every other key for the Service. */
function containerPort(port: GatewayPort) {
  return { ...servicePort(port), ...(port.protocol ? { protocol: port.protocol } : {}) };
}
