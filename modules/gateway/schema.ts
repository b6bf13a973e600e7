import { z } from 'zod';
import { section } from '../schema.ts';

export const gatewayPorts = z.array(
  section({
    name: z.string(),
    port: z.number().int(),
    targetPort: z.number().int().optional(),
    nodePort: z.number().int().optional(),
    protocol: z.string().optional(),
    noGateway: z.boolean().optional().describe('Not mapped to a server of the Gateway object.'),
    gatewayProtocol: z.string().optional().describe('Protocol on the load balancer’s side; default TCP.'),
    tls: z.record(z.string(), z.unknown()).optional().describe('`tls` of the Gateway server.'),
  }),
);

export const certificates = z
  .array(
    section({
      name: z.string().describe('Name of the certificate and of its secret.'),
      dnsNames: z.array(z.string()).default([]),
      issuer: z.string().optional().describe('ClusterIssuer; default letsencrypt-dns-prod.'),
    }),
  )
  .default([]);

export const proxyProtocol = z
  .boolean()
  .default(true)
  .describe('Load balancers speak the PROXY protocol. (KubeZero’s umbrella chart turns a false back into true.)');
