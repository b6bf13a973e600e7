import type { Release } from '../../releases/release.ts';
import type { ClusterFacts, KubernetesObject } from '../definition.ts';

/** The container runtime of the release's nodes and the memory it costs per pod; its handler can't be changed in place. */
export function runtimeClass({ release }: { release: Release }): KubernetesObject {
  const { handler, overhead } = release.image.runtime;
  return {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'crio' },
    handler,
    overhead: { podFixed: { memory: overhead } },
  };
}

/** Lets anyone read the issuer's keys and discovery document, so that others can check service account tokens. */
export function publicIssuer(): KubernetesObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'oidc-public' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:service-account-issuer-discovery' },
    subjects: [{ apiGroup, kind: 'Group', name: 'system:unauthenticated' }],
  };
}

/**
 * Headless Service of the API servers: external-dns publishes the addresses of those that are ready as the API's DNS
 * record. Controllers make that record when they boot and mark it as external-dns's, see infra/node/scripts/api-record.
 */
export function apiService(facts: ClusterFacts): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubezero-api',
      namespace: 'kube-system',
      annotations: {
        'external-dns.alpha.kubernetes.io/hostname': facts.apiEndpoint.split(':')[0]!,
        'external-dns.alpha.kubernetes.io/ttl': '60',
      },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: { component: 'kube-apiserver', tier: 'control-plane' },
    },
  };
}
