import type { MigrationOperation } from './migration.ts';
import type { ModuleId } from './module-ids.ts';

/** Name of a KubeZero release, e.g. `1.22`: the Kubernetes minor version it brings. Which there are, say known.ts and their order. */
export type ReleaseId = string;

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
  /** What becomes of the values of the release before; nothing to do for values that are this release’s already. */
  migration: readonly MigrationOperation[];
  /** Upstream chart pins by chart key (the sub-chart key used in KubeZero's values). */
  charts: Record<string, ChartPin>;
}
