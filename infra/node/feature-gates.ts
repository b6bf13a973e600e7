import type { Release } from '../../releases/release.ts';
import { since } from './cluster.ts';

/** Feature gates of every control-plane component and of the kubelet. */
export function featureGates(release: Release): Record<string, boolean> {
  const names = since(release, 22)
    ? ['CustomCPUCFSQuotaPeriod', 'GenericEphemeralVolume', 'KubeletCredentialProviders']
    : [
        'CustomCPUCFSQuotaPeriod',
        'GenericEphemeralVolume',
        'InTreePluginAWSUnregister',
        'InTreePluginAzureDiskUnregister',
        'InTreePluginAzureFileUnregister',
        'InTreePluginGCEUnregister',
        'InTreePluginOpenStackUnregister',
      ];
  return Object.fromEntries(names.map((name) => [name, true]));
}

/** As the value of a `--feature-gates` argument. */
export function featureGatesArgument(release: Release): string {
  return Object.entries(featureGates(release))
    .map(([name, on]) => `${name}=${on}`)
    .join(',');
}
