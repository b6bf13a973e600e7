import { z } from 'zod';
import type { KubernetesObject } from './definition.ts';
import { section } from './schema.ts';
import { onlyFrom, virtualService } from './virtual-service.ts';

/** Gateway that tools for those who run the cluster are reachable through. */
export const privateGateway = 'istio-ingress/private-ingressgateway';

/** Keys of `istio` below a tool: whether it is reachable through a gateway, through which, and as what. */
export function exposureKeys({ gateway = privateGateway, url = '' } = {}) {
  return {
    enabled: z.boolean().default(false).describe('Reachable through an ingress gateway.'),
    gateway: z.string().default(gateway).describe('Gateway as `namespace/name`.'),
    url: z.string().default(url).describe('Host name.'),
  };
}

/** Key of those exposed hosts that may be closed to all but some addresses. */
export const ipBlocks = z
  .array(z.string())
  .default([])
  .describe('Only these address blocks get through the gateway; default: all.');

/** {@link exposureKeys} with {@link ipBlocks}, as a section. */
export function exposure(defaults?: { gateway?: string; url?: string }) {
  return section({ ...exposureKeys(defaults), ipBlocks }).prefault({});
}

interface Exposed {
  enabled: boolean;
  gateway: string;
  url: string;
  ipBlocks: string[];
}

interface HttpTool {
  /** Name of the VirtualService. */
  name: string;
  /** Helm release; in the name of the policy. */
  releaseName: string;
  namespace: string;
  labels: Record<string, string>;
  http?: unknown[];
  tcp?: unknown[];
}

/** The tool's VirtualService, and the policy that keeps other addresses out; nothing where it isn't exposed. */
export function exposedTool(
  { enabled, gateway, url, ipBlocks: allowed }: Exposed,
  { releaseName, ...tool }: HttpTool,
): KubernetesObject[] {
  if (!enabled || !url) return [];
  const policy = { name: releaseName, host: url, gateway, labels: tool.labels };
  return [virtualService({ ...tool, host: url, gateway }), ...(allowed.length > 0 ? [onlyFrom(allowed, policy)] : [])];
}

/** Route of a VirtualService to a service in the same namespace; without a port to the only one it has. */
export function routeTo(host: string, port?: number): { destination: object }[] {
  return [{ destination: { host, ...(port ? { port: { number: port } } : {}) } }];
}
