import { z } from 'zod';
import type { RefusedKey } from '../definition.ts';
import { certificates, gatewayPorts, proxyProtocol } from '../gateway/schema.ts';
import { moduleKeys, openSection, passthrough, section } from '../schema.ts';

const oneGateway = (what: string) =>
  section({
    enabled: z.boolean().default(false).describe('Whether the gateway is deployed.'),
    certificates,
    dnsNames: z
      .array(z.string())
      .default([])
      .describe('Legacy: host names of one more certificate, `ingress-cert` or `private-ingress-cert`.'),
    proxyProtocol,
    gateway: openSection({
      replicaCount: z.number().int().default(1).describe('Pods; no two of them share a machine.'),
      ports: gatewayPorts().optional().describe('Replaces the whole list of ports: those for status, HTTP and HTTPS.'),
    })
      .prefault({})
      .describe('Envoy’s Deployment and Service; keys not named here go to Istio’s chart as they are.'),
  })
    .prefault({})
    .describe(what);

/** Values of istio-ingress in 1.21: one module with both gateways. */
export const bothGatewaysValues = () =>
  section({
    ...moduleKeys,
    namespace: z.string().default('istio-ingress').describe('Namespace of the gateways.'),
    global: passthrough.optional().describe('Global values of Istio’s gateway chart, e.g. `arch`.'),
    public: oneGateway('Gateway behind the public load balancer.'),
    private: oneGateway('Gateway behind the private load balancer.'),
  });
export type BothGatewaysValues = z.infer<ReturnType<typeof bothGatewaysValues>>;

/** Keys of KubeZero's chart for both gateways that its umbrella chart keeps for itself. */
export const refusedOfBoth: RefusedKey[] = ['public', 'private'].flatMap((gateway) => [
  { key: `${gateway}.telemetry`, why: 'follows the module `metrics`: with it the gateways are scraped' },
  { key: `${gateway}.meshConfig`, why: 'isn’t forwarded to the gateways by KubeZero’s umbrella chart either' },
  {
    key: `${gateway}.gateways`,
    why: `is called \`${gateway}.gateway\` here, as in KubeZero’s umbrella chart`,
  },
]);
