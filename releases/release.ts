/** KubeZero releases this program knows, oldest first. Upgrades go from one to the next, never past one. */
export const releaseIds = ['1.21', '1.22'] as const;
export type ReleaseId = (typeof releaseIds)[number];

/** The one that lags most; undefined where there are none. */
export function oldestRelease(ids: readonly ReleaseId[]): ReleaseId | undefined {
  return releaseIds.find((id) => ids.includes(id));
}

/** The one that is furthest; undefined where there are none. */
export function newestRelease(ids: readonly ReleaseId[]): ReleaseId | undefined {
  return releaseIds.findLast((id) => ids.includes(id));
}

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

/** An upstream Helm chart at the version a release pins. */
export interface ChartPin {
  /** Chart name as in its Chart.yaml, e.g. `kube-prometheus-stack`. */
  chart: string;
  version: string;
  /** Helm repository URL; absent where upstream publishes no repository (chart from a source archive). */
  repository?: string;
}

/** Machine image and operating system that a release's nodes boot. */
export interface MachineImage {
  /** AMI name pattern for `DescribeImages`, e.g. `zdt-alpine-3.15-kubezero-1.22.8-*`. */
  name: string;
  /** AWS account that owns the image. */
  owner: string;
  /** `status.nodeInfo.osImage` of nodes that boot it. */
  os: string;
  /** Init system decides kubelet options (resolvConf, protectKernelDefaults). */
  init: 'systemd' | 'openrc';
  /** Container runtime handler of the `crio` RuntimeClass and its memory overhead per pod. */
  runtime: { handler: 'runc' | 'crun'; overhead: string };
}

/** A KubeZero release: everything that is pinned by it. Data only. */
export interface Release {
  id: ReleaseId;
  /** Release an upgrade to this one starts from. */
  previous?: ReleaseId;
  /** Kubernetes version without `v`, e.g. `1.22.8`. */
  kubernetesVersion: string;
  /** `spec.source.targetRevision` of application.yaml at this release, e.g. `1.22.8-8`. */
  umbrellaVersion: string;
  image: MachineImage;
  /** Where a node of this release keeps its CNI plugin binaries. */
  cni: { binDir: string };
  /** etcd image tag that kubeadm is told to run; absent: kubeadm's own choice. */
  etcdImageTag?: string;
  /** Version of each KubeZero module chart, for the record and for delivery by ArgoCD. Absent: the release has no such module. */
  modules: Partial<Record<ModuleId, string>>;
  /** Upstream chart pins by chart key (the sub-chart key used in KubeZero's values). */
  charts: Record<string, ChartPin>;
}
