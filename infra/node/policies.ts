import type { NodeCluster } from './cluster.ts';
import { paths } from './cluster.ts';
import type { MachineFile } from './machine-file.ts';
import { toYaml } from './yaml.ts';

/** Files that the API server's arguments name, besides those kubeadm writes. */
export function apiServerFiles(cluster: NodeCluster): MachineFile[] {
  const files: Record<string, unknown> = {
    // Auditing is plumbed, with nothing logged until an operator says what.
    'audit-policy.yaml': { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'None' }] },
    'admission-configuration.yaml': {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AdmissionConfiguration',
      plugins: [{ name: 'EventRateLimit', path: 'event-config.yaml' }],
    },
    'event-config.yaml': {
      apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
      kind: 'Configuration',
      limits: [
        { type: 'Namespace', qps: 50, burst: 100, cacheSize: 20 },
        { type: 'User', qps: 10, burst: 50, cacheSize: 20 },
      ],
    },
    ...(cluster.environment.awsIamAuthenticator.enabled
      ? { 'aws-iam-authenticator.yaml': authenticatorWebhook() }
      : {}),
  };
  return Object.entries(files).map(([name, content]) => ({
    path: `${paths.apiserver}/${name}`,
    content: toYaml(content),
  }));
}

/**
 * The API server asks aws-iam-authenticator, a DaemonSet on every controller, about tokens that nothing else knows.
 * Its certificate is made by the step `keys`; the API server starts whether or not the authenticator answers.
 */
function authenticatorWebhook(): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'aws-iam-authenticator',
        cluster: {
          server: 'https://localhost:21362/authenticate',
          'certificate-authority': '/etc/kubernetes/pki/aws-iam-authenticator.crt',
        },
      },
    ],
    users: [{ name: 'apiserver' }],
    contexts: [{ name: 'webhook', context: { cluster: 'aws-iam-authenticator', user: 'apiserver' } }],
    'current-context': 'webhook',
  };
}
