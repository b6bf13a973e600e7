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

/** How machines of a release are set up, as far as releases differ in it beside their image. */
export interface MachineFacts {
  /** Of every control-plane component and of the kubelet; all of them are on. */
  featureGates: readonly string[];
  kubeadm: {
    /** Version of kubeadm's own API that its configuration is written in. */
    apiVersion: string;
    /** Whether its phases read the folder of patches from their configuration; else it is an argument of theirs. */
    patchesInConfiguration: boolean;
    /** Tags of the images that it, and the container runtime with it, asks for where nobody names one. */
    imageTags: { etcd: string; pause: string };
  };
  kubelet: {
    systemReserved: Readonly<Record<string, string>>;
    kubeReserved: Readonly<Record<string, string>>;
    kernelMemcgNotification?: true;
    /** Logs in to ECR by a plugin of its own, instead of a pull secret in every namespace. */
    ecrCredentialProvider: boolean;
    /** Sets the label `node.kubernetes.io/instance-type`, by which the Neuron device plugin picks its nodes. */
    instanceTypeLabel: boolean;
  };
  /** What etcd's static pod requests beside processor and memory. */
  etcdRequests: Readonly<Record<string, string>>;
  /** Whether Inferentia instances load the Neuron kernel module. */
  neuron: boolean;
}

/** A KubeZero release: everything that is pinned by it. Data only. */
export interface Release {
  id: ReleaseId;
  /** Kubernetes version without `v`, e.g. `1.22.8`. */
  kubernetesVersion: string;
  /** `spec.source.targetRevision` of application.yaml at this release, e.g. `1.22.8-8`. */
  umbrellaVersion: string;
  image: MachineImage;
  machines: MachineFacts;
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
