import { Provider } from '@pulumi/kubernetes/provider.js';
import type * as pulumi from '@pulumi/pulumi';

/**
 * The Kubernetes provider that modules are delivered with: server-side apply; ConfigMaps and Secrets changed in place
 * instead of replaced. One cluster per stack, known by its kubeconfig context.
 */
export function clusterProvider(
  name: string,
  { kubeconfig, context }: { kubeconfig: string; context: string },
  options?: pulumi.ResourceOptions,
): Provider {
  return new Provider(
    name,
    {
      kubeconfig,
      context,
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
