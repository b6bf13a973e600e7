import type { KubernetesObject } from './definition.ts';

interface Exposure {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Host name that clients use, or all of them. */
  host: string | string[];
  /** Gateway as `namespace/name`. */
  gateway: string;
  http?: unknown[];
  tcp?: unknown[];
}

/** A service exposed through one of the Istio gateways. */
export function virtualService({ name, namespace, labels, host, gateway, http, tcp }: Exposure): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    metadata: { name, namespace, labels },
    spec: { gateways: [gateway], hosts: [host].flat(), ...(tcp ? { tcp } : {}), ...(http ? { http } : {}) },
  };
}

interface Restriction {
  name: string;
  /** Host name that the policy is about. */
  host: string;
  /** Gateway as `namespace/name`; default: the public one. */
  gateway?: string;
  labels: Record<string, string>;
}

/**
 * Lets only these address blocks reach a host through its gateway. In Istio's root namespace, where a policy
 * counts for the gateways of every namespace.
 */
export function onlyFrom(ipBlocks: string[], { name, host, gateway, labels }: Restriction): KubernetesObject {
  return gatewayPolicy(ipBlocks, `${name}-deny-not-in-ipblocks`, gateway, labels, {
    to: [{ operation: { hosts: [host] } }],
    when: [{ key: 'connection.sni', values: ['*'] }],
  });
}

/** Like {@link onlyFrom} for everything that comes in at a port of the gateway. */
export function onlyFromAtPort(
  ipBlocks: string[],
  { name, port, gateway, labels }: Omit<Restriction, 'host'> & { port: number },
): KubernetesObject {
  return gatewayPolicy(ipBlocks, `${name}-deny-not-in-ipblocks`, gateway, labels, {
    to: [{ operation: { ports: [String(port)] } }],
  });
}

function gatewayPolicy(
  ipBlocks: string[],
  name: string,
  gateway = 'istio-ingress/ingressgateway',
  labels: Record<string, string>,
  rule: object,
): KubernetesObject {
  return {
    apiVersion: 'security.istio.io/v1beta1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace: 'istio-system', labels },
    spec: {
      selector: { matchLabels: { app: `istio-${gateway.split('/').at(-1)}` } },
      action: 'DENY',
      rules: [{ from: [{ source: { notIpBlocks: ipBlocks } }], ...rule }],
    },
  };
}
