/**
 * Modules that KubeZero's users install each as an Application of its own. They come after those of a cluster, on which
 * they build, and are no part of the release notes' order: an upgrade moves them with the last modules.
 */
export const optionalModuleIds = ['auth', 'ci', 'mq', 'redis', 'sql', 'clamav', 'uptime-kuma'] as const;

/** Every module in the order of deployment: the ten of a default KubeZero cluster, then the optional ones. */
export const moduleIds = [
  'network',
  'addons',
  'cert-manager',
  'storage',
  'istio',
  'istio-ingress',
  'istio-private-ingress',
  'metrics',
  'logging',
  'argocd',
  ...optionalModuleIds,
] as const;
export type ModuleId = (typeof moduleIds)[number];
