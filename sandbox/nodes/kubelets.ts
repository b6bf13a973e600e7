import { releases } from '../../releases/index.ts';
import { minorOf } from '../../releases/kubernetes-version.ts';
import type { MachineImage } from '../../releases/release.ts';

/** Kubelets that the releases bring, by Kubernetes minor version, oldest first, with the image they run on. */
export const kubelets: ReadonlyMap<string, MachineImage> = new Map(
  Object.values(releases).map(({ kubernetesVersion, image }) => [minorOf(kubernetesVersion), image]),
);

/** The part of the pods' network, 10.244.0.0/16, that nodes with a kubelet hand addresses out of: `10.244.128.1/17`. */
export function podNetwork(minor: string): string {
  const bits = Math.ceil(Math.log2(kubelets.size));
  const first = [...kubelets.keys()].indexOf(minor) * 2 ** (16 - bits);
  return `10.244.${first >> 8}.${(first & 255) + 1}/${16 + bits}`;
}
