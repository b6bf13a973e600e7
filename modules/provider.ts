import { Provider } from '@pulumi/kubernetes/provider.js';
import type * as pulumi from '@pulumi/pulumi';

/**
 * The Kubernetes provider that modules are delivered with: server-side apply; ConfigMaps and Secrets changed in place
 * instead of replaced. The kubeconfig is the one of whoever runs the update (`KUBECONFIG`), so that no credentials are in
 * the stack's state; `identifier` says which cluster it is, whatever the path of the kubeconfig.
 */
export function clusterProvider(
  name: string,
  { identifier, kubeconfig, context }: { identifier?: string; kubeconfig?: string; context: string },
  options?: pulumi.ResourceOptions,
): Provider {
  return new Provider(
    name,
    {
      ...(kubeconfig ? { kubeconfig } : {}),
      context,
      ...(identifier ? { clusterIdentifier: identifier } : {}),
      enableServerSideApply: true,
      enableConfigMapMutable: true,
      enableSecretMutable: true,
      // What an API's removal means for an upgrade is reported by the upgrade itself.
      suppressDeprecationWarnings: true,
      suppressHelmHookWarnings: true,
    },
    options,
  );
}

/** A provider whose Helm renders charts, without any cluster. */
export function offlineProvider(name: string, directory: string): Provider {
  return new Provider(name, { renderYamlToDirectory: directory, suppressHelmHookWarnings: true });
}
