/** One of the two ingress gateways of a cluster. Its names are the same in all releases, whichever module has it. */
export interface IngressGateway {
  /** Name of Deployment and Service, and label `app`. */
  name: string;
  /** Label `istio`, and name of the Gateway object. */
  prefix: string;
  /** Only nodes with this label run it: those that the matching load balancer has as targets. */
  nodeLabel: string;
  /** Node port of the status, HTTP and HTTPS port. */
  nodePorts: { status: number; http: number; https: number };
}

export const publicGateway: IngressGateway = {
  name: 'istio-ingressgateway',
  prefix: 'ingressgateway',
  nodeLabel: 'node.kubernetes.io/ingress.public',
  nodePorts: { status: 30021, http: 30080, https: 30443 },
};

export const privateGateway: IngressGateway = {
  name: 'istio-private-ingressgateway',
  prefix: 'private-ingressgateway',
  nodeLabel: 'node.kubernetes.io/ingress.private',
  nodePorts: { status: 31021, http: 31080, https: 31443 },
};

/** A port of a gateway: a Service port, and unless `noGateway` a server of the Gateway object. */
export interface GatewayPort {
  name: string;
  port: number;
  targetPort?: number;
  nodePort?: number;
  protocol?: string;
  /** Not mapped to a server of the Gateway object. */
  noGateway?: boolean;
  /** Protocol that the load balancer side speaks; default TCP. */
  gatewayProtocol?: string;
  /** `tls` of the Gateway server; `httpsRedirect` needs no certificate, everything else gets one server per certificate. */
  tls?: Record<string, unknown>;
}

export interface GatewayCertificate {
  name: string;
  dnsNames: string[];
  /** ClusterIssuer. */
  issuer?: string;
}

/** Labels that Gateway and EnvoyFilter objects find this gateway's pods by. */
export function selectorLabels({ name, prefix }: IngressGateway) {
  return { app: name, istio: prefix };
}

/** Ports that every gateway has. */
export function standardPorts({ nodePorts }: IngressGateway): GatewayPort[] {
  return [
    { name: 'status-port', port: 15021, nodePort: nodePorts.status, noGateway: true },
    {
      name: 'http2',
      port: 80,
      targetPort: 8080,
      nodePort: nodePorts.http,
      gatewayProtocol: 'HTTP2',
      tls: { httpsRedirect: true },
    },
    {
      name: 'https',
      port: 443,
      targetPort: 8443,
      nodePort: nodePorts.https,
      gatewayProtocol: 'HTTPS',
      tls: { mode: 'SIMPLE' },
    },
  ];
}

/** What of a port belongs to the Service. */
export function servicePort({ name, port, targetPort, nodePort }: GatewayPort) {
  return { name, port, ...(targetPort ? { targetPort } : {}), ...(nodePort ? { nodePort } : {}) };
}
