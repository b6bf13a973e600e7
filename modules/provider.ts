import { Provider } from '@pulumi/kubernetes/provider.js';
import * as pulumi from '@pulumi/pulumi';

/** Release of the `kubernetes` provider; the plugin of the same version delivers the objects. */
export const providerVersion = '4.25.0';

/**
 * The Kubernetes provider that modules are delivered with: server-side apply; ConfigMaps and Secrets changed in place
 * instead of replaced. The kubeconfig is the one of whoever runs the update (`KUBECONFIG`), so that no credentials are in
 * the stack's state, nor the path of a file that the next one doesn't have; `identifier` says which cluster it is.
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
    { ...options, transformations: [...(options?.transformations ?? []), ...(kubeconfig ? [] : [withoutKubeconfig])] },
  );
}

/** `Provider` keeps the value of `KUBECONFIG` as an input of its own; the plugin reads the variable anyway. */
const withoutKubeconfig: pulumi.ResourceTransformation = ({ props: { kubeconfig: _, ...props }, opts }) => ({
  props,
  opts,
});

class RenderingProvider extends pulumi.ProviderResource {}

/**
 * A provider whose Helm renders charts, without any cluster. `Provider` would take `KUBECONFIG` along, which this mode
 * refuses.
 */
export function offlineProvider(name: string, directory: string): pulumi.ProviderResource {
  return new RenderingProvider('kubernetes', name, { renderYamlToDirectory: directory }, { version: providerVersion });
}
