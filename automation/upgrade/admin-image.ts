import type { Release } from '../../releases/release.ts';

/** KubeZero's admin image of a release: what runs in it is the project's own, the tools in it are kubeadm and kubectl. */
export function adminImage({ kubernetesVersion }: Release): string {
  return `public.ecr.aws/zero-downtime/kubezero-admin:v${kubernetesVersion}`;
}
