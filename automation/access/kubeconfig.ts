import type { KubeConfigEntries } from './kubeconfig-file.ts';

/** Command that a Kubernetes client runs for its credentials. */
export interface CredentialPlugin {
  apiVersion: string;
  command: string;
  args: string[];
  /** Said by the client where the command isn't there. */
  installHint?: string;
}

export interface KubeconfigOptions {
  /** Name of the context, the cluster and the user. */
  context: string;
  /** Host of the API servers: what their certificates are of. */
  apiHost: string;
  /** Certificate of the cluster's authority, PEM. */
  ca: string;
  /** Port of this machine that leads to an API server; absent: `apiHost` itself is asked. */
  localPort?: number;
  plugin: CredentialPlugin;
}

/** A kubeconfig without a secret in it: who uses it asks for credentials first. */
export function kubeconfigOf({ context, apiHost, ca, localPort, plugin }: KubeconfigOptions): KubeConfigEntries {
  const { installHint, ...exec } = plugin;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [
      {
        name: context,
        cluster: {
          server: localPort ? `https://127.0.0.1:${localPort}` : `https://${apiHost}:6443`,
          ...(localPort ? { 'tls-server-name': apiHost } : {}),
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [
      {
        name: context,
        user: {
          exec: {
            ...exec,
            // A field of v1beta1 that came later than the version itself: clients that don't know it leave it.
            ...(plugin.apiVersion.endsWith('/v1alpha1') ? {} : { interactiveMode: 'Never' }),
            ...(installHint ? { installHint } : {}),
          },
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
  };
}
