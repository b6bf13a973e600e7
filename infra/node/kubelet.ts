import type { Release } from '../../releases/release.ts';
import { atBoot, paths } from './cluster.ts';
import { featureGates } from './feature-gates.ts';
import { kubeletTlsCipherSuites } from './tls.ts';

/** What a machine's kubelet registers with. */
export interface KubeletNode {
  role: 'controller' | 'worker';
  region: string;
  /** A worker group spans zones: the machine fills in its own. */
  zone: string;
  instanceType: string;
  labels: Record<string, string>;
  taints: string[];
}

/** KubeletConfiguration of a release: the same on all of its machines, stored in the cluster by kubeadm. */
export function kubeletConfiguration(release: Release): object {
  const { systemReserved, kubeReserved, kernelMemcgNotification } = release.machines.kubelet;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    featureGates: featureGates(release),
    hairpinMode: 'hairpin-veth',
    ...(release.image.init === 'systemd' ? { resolvConf: '/run/systemd/resolve/resolv.conf' } : {}),
    protectKernelDefaults: protectsKernelDefaults(release),
    tlsCipherSuites: kubeletTlsCipherSuites,
    podsPerCore: 20,
    systemReserved,
    kubeReserved,
    imageGCLowThresholdPercent: 70,
    ...(kernelMemcgNotification ? { kernelMemcgNotification } : {}),
  };
}

/** Whether the kubelet leaves the kernel's settings alone, and refuses to start where they aren't as it wants them. */
export function protectsKernelDefaults(release: Release): boolean {
  return release.image.init !== 'openrc';
}

/** Flags that are about one machine, and those that KubeletConfiguration has no field for. */
export function kubeletExtraArgs(release: Release, node: KubeletNode): Record<string, string> {
  return {
    'node-labels': Object.entries(nodeLabels(release, node))
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    'provider-id': atBoot.providerId,
    'node-ip': atBoot.address,
    ...(release.machines.kubelet.ecrCredentialProvider
      ? {
          'image-credential-provider-config': `${paths.kubelet}/credential-provider.yaml`,
          'image-credential-provider-bin-dir': '/usr/libexec/kubernetes/kubelet-plugins/credential-provider',
        }
      : {}),
  };
}

/** Labels the kubelet sets on its node. No cloud controller runs, so the place of the machine is said here. */
export function nodeLabels(release: Release, node: KubeletNode): Record<string, string> {
  return {
    'topology.kubernetes.io/region': node.region,
    'topology.kubernetes.io/zone': node.zone,
    ...(release.machines.kubelet.instanceTypeLabel ? { 'node.kubernetes.io/instance-type': node.instanceType } : {}),
    ...node.labels,
  };
}

/** How a kubelet logs in to ECR by a plugin; it replaces the CronJob that renewed a pull secret in every namespace. */
export function credentialProvider(): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1alpha1',
    kind: 'CredentialProviderConfig',
    providers: [
      {
        name: 'amazon-ecr-credential-helper',
        matchImages: ['*.dkr.ecr.*.amazonaws.com', '*.dkr.ecr.*.amazonaws.com.cn'],
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1alpha1',
        defaultCacheDuration: '12h',
      },
    ],
  };
}
