import type { KubernetesObject } from '../definition.ts';

interface KeycloakOptions {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Host name that clients use; default: a name nobody can reach. */
  host: string;
  metrics: boolean;
}

/** Tells Keycloak's operator that TLS ends elsewhere; here at the gateway. */
const noTls = 'INSECURE-DISABLE';

/** One Keycloak with its database in memory: users and realms come from imports and are gone with the pod. */
export function keycloak({ name, namespace, labels, host, metrics }: KeycloakOptions): KubernetesObject {
  const configuration = {
    cache: 'local',
    db: 'dev-mem',
    'hostname-strict-https': 'false',
    proxy: 'passthrough',
    'http-enabled': 'true',
    ...(metrics ? { 'metrics-enabled': 'true' } : {}),
  };
  return {
    apiVersion: 'k8s.keycloak.org/v2alpha1',
    kind: 'Keycloak',
    metadata: { name, namespace, labels },
    spec: {
      instances: 1,
      hostname: host || 'keycloak',
      tlsSecret: noTls,
      serverConfiguration: Object.entries(configuration).map(([option, value]) => ({ name: option, value })),
    },
  };
}

/** Collects Keycloak's metrics from its pods: the operator names none of their ports. */
export function keycloakMonitor({
  name,
  namespace,
  labels,
}: Pick<KeycloakOptions, 'name' | 'namespace' | 'labels'>): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name, namespace, labels },
    spec: {
      selector: { matchLabels: { app: 'keycloak', 'app.kubernetes.io/managed-by': 'keycloak-operator' } },
      podMetricsEndpoints: [{ targetPort: 8080, path: '/metrics' }],
    },
  };
}
