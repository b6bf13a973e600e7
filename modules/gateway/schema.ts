import { z } from 'zod';
import { moduleKeys, section } from '../schema.ts';
import { type GatewayPort, type IngressGateway, publicGateway, standardPorts } from './gateway.ts';

const port = section({
  name: z.string().describe('Name of the port, and of its server in the Gateway object.'),
  port: z.number().int().describe('Port that clients use.'),
  targetPort: z.number().int().optional().describe('Port that Envoy listens at; default: the same.'),
  nodePort: z.number().int().optional().describe('Port of the machines, which the load balancer sends to.'),
  protocol: z.literal('TCP').optional().describe('Gateways serve TCP only.'),
  noGateway: z.boolean().optional().describe('Not mapped to a server of the Gateway object.'),
  gatewayProtocol: z
    .string()
    .optional()
    .describe('What is spoken at this port, as in a Gateway object (`HTTP2`, `HTTPS`, `TLS`, ...); default `TCP`.'),
  tls: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('`tls` of the Gateway server; unless it is a redirect, there is one server per certificate.'),
});

/** Ports of a gateway: no name and no port twice, and none of the standard ones where these are there anyway. */
export function gatewayPorts(standard: GatewayPort[] = []) {
  return z.array(port).superRefine((ports, context) => {
    for (const [index, { name, port }] of ports.entries()) {
      const others = [...standard, ...ports.slice(0, index)];
      const wrong = (key: string, input: unknown, of: GatewayPort) =>
        context.addIssue({
          code: 'custom',
          path: [index, key],
          input,
          message: `expected something else than port "${of.name}" has${standard.includes(of) ? ', which every gateway has by itself' : ''}`,
        });
      const sameName = others.find((other) => other.name === name);
      const samePort = others.find((other) => other.port === port);
      if (sameName) wrong('name', name, sameName);
      else if (samePort) wrong('port', port, samePort);
    }
  });
}

export const certificates = z
  .array(
    section({
      name: z.string().describe('Name of the certificate and of its secret.'),
      dnsNames: z
        .array(z.string())
        .default([])
        .describe('Host names; without any, the secret is expected to be there and no host is served with it.'),
      issuer: z.string().optional().describe('ClusterIssuer; default `letsencrypt-dns-prod`.'),
    }),
  )
  .default([])
  .describe('TLS certificates that the gateway serves hosts with; without any there is no Gateway object.');

/** Whether cert-manager is asked for any of these certificates. */
export function wantsCertificates(list: { dnsNames: string[] }[]): boolean {
  return list.some(({ dnsNames }) => dnsNames.length > 0);
}

export const proxyProtocol = z
  .boolean()
  .default(true)
  .describe('Load balancers speak the PROXY protocol, so that Envoy knows the addresses of clients.');

/** Values of a gateway module from 1.22 on, where each gateway is a module of its own. */
export const gatewayValues = (gateway: IngressGateway) =>
  section({
    ...moduleKeys,
    namespace: z.string().default('istio-ingress').describe('Namespace of the gateway.'),
    certificates,
    proxyProtocol,
    gateway: section({
      replicaCount: z.number().int().default(1).describe('Pods; no two of them share a machine.'),
      affinity: z
        .record(z.string(), z.unknown())
        .optional()
        .describe(
          'Replaces the placement: by default only on machines behind the load balancer, and each on another machine.',
        ),
      service: section({
        type: (gateway === publicGateway ? z.enum(['NodePort', 'LoadBalancer', 'ClusterIP']) : z.enum(['NodePort']))
          .default('NodePort')
          .describe('Type of the Service; the private gateway’s is fixed.'),
        ports: gatewayPorts(standardPorts(gateway))
          .default([])
          .describe('Further ports, besides those for status, HTTP and HTTPS.'),
      })
        .prefault({})
        .describe('Service that the load balancer sends to.'),
    })
      .prefault({})
      .describe('Envoy’s Deployment and Service.'),
  });
export type GatewayValues = z.infer<ReturnType<typeof gatewayValues>>;
