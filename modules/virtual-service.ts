import type { KubernetesObject } from './definition.ts';

interface Exposure {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Host name that clients use. */
  host: string;
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
    spec: { gateways: [gateway], hosts: [host], ...(tcp ? { tcp } : {}), ...(http ? { http } : {}) },
  };
}

/**
 * Lets only these address blocks reach a host through the public gateway. In Istio's root namespace, where a policy
 * counts for the gateways of every namespace.
 */
export function onlyFrom(
  ipBlocks: string[],
  { name, host, labels }: { name: string; host: string; labels: Record<string, string> },
): KubernetesObject {
  return {
    apiVersion: 'security.istio.io/v1beta1',
    kind: 'AuthorizationPolicy',
    metadata: { name: `${name}-deny-not-in-ipblocks`, namespace: 'istio-system', labels },
    spec: {
      selector: { matchLabels: { app: 'istio-ingressgateway' } },
      action: 'DENY',
      rules: [
        {
          from: [{ source: { notIpBlocks: ipBlocks } }],
          to: [{ operation: { hosts: [host] } }],
          when: [{ key: 'connection.sni', values: ['*'] }],
        },
      ],
    },
  };
}
