import { parse } from 'yaml';

/** /etc/kubezero/node.yaml: what a machine is to become. */
export interface NodeConfig {
  cluster: string;
  role: 'controller' | 'worker';
  zone: string;
  /** Controllers: stable; workers: none, their private DNS name is used. */
  nodeName?: string;
  group?: string;
  instanceType?: string;
  /** Without `v`. */
  kubernetesVersion: string;
  /** `status.nodeInfo.osImage`. */
  os: string;
  domain?: string;
  /** `host:port` of the API servers. */
  apiEndpoint: string;
  region: string;
  backupBucket: string;
  /** `s3://` folder that the OIDC documents are published in. */
  issuerLocation?: string;
  /** Private zone with the names of controllers and the API's record. */
  hostedZoneId?: string;
  awsIamAuthenticator?: boolean;
  highAvailable?: boolean;
  etcdVolumeId?: string;
  controllers: { zone: string; nodeName: string }[];
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
}

/** Reads /etc/kubezero/node.yaml. @throws Error naming a key that is missing. */
export function parseNodeConfig(text: string): NodeConfig {
  const config = parse(text) as NodeConfig;
  for (const key of ['cluster', 'role', 'zone', 'kubernetesVersion', 'apiEndpoint', 'region'] as const) {
    if (!config?.[key]) throw new Error(`/etc/kubezero/node.yaml: ${key} is missing`);
  }
  return {
    ...config,
    controllers: config.controllers ?? [],
    kubernetesVersion: String(config.kubernetesVersion).replace(/^v/, ''),
  };
}

/** Replaces `${NAME}` by its value; a name without a value stays, for a later round. */
export function fillPlaceholders(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) => values[name] ?? whole);
}
